/**
 * The environments of the programs that tools, tests and benches start. There are two, and a test finds one that was
 * put together elsewhere (`test/repo/child-environment.test.ts`): a list of variables of a test's own works on the
 * machine where it was written and on no other.
 */

/**
 * Not passed on: the settings of Kanda, which would change the server that a test starts; npm's notes about the script
 * that is running, which appear in the server's messages; vitest's own variables; and the language of messages, since
 * tests read them.
 */
const NOT_PASSED_ON =
  /^(?:KANDA_|OTEL_|npm_(?:lifecycle|package)_|npm_command$|INIT_CWD$|NODE_ENV$|VITEST|LANG$|LANGUAGE$|LC_)/;

/** A test's server is never behind a proxy. */
const THIS_MACHINE = ['127.0.0.1', 'localhost', '::1'];

/**
 * For a program that may use the network (npm, pip, Go, a shell that runs a document): the caller's environment,
 * with its proxies, certificate authorities and registries (`HTTPS_PROXY`, `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`,
 * `npm_config_*`, `PIP_*`, `GOPROXY`, …), less what NOT_PASSED_ON names. Calls to this machine bypass a proxy.
 * @param {Readonly<Record<string, string | undefined>>} [more] variables to set besides; undefined takes one away
 * @returns {Record<string, string | undefined>}
 */
export function callerEnvironment(more = {}) {
  const passedOn = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
  const direct = (process.env.NO_PROXY ?? process.env.no_proxy ?? '').split(',').filter(Boolean);
  const noProxy = [...new Set([...direct, ...THIS_MACHINE])].join(',');
  return { ...Object.fromEntries(passedOn), NO_PROXY: noProxy, no_proxy: noProxy, ...more };
}

/**
 * For Kanda itself and for programs that use no network beyond this machine: only PATH, so that a test gives the same
 * result whatever is set where it runs (`PGHOST`, `HOME`, `NODE_OPTIONS`, …).
 * @param {Readonly<Record<string, string | undefined>>} [more] variables to set besides
 * @returns {Record<string, string | undefined>}
 */
export function bareEnvironment(more = {}) {
  return { PATH: process.env.PATH, ...more };
}
