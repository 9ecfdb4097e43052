import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base32SecretOf, type Peer, userName } from './peer.ts';
import { answers, freePort, runProgram, startProgram } from './program.ts';

const BAO = 'bao';
const KEYS_FILE = 'keys.json';
const ENROLLING_AT_ONCE = 64;

interface Keys {
  readonly unseal: string;
  readonly root: string;
  readonly application: string;
}

interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** OpenBao's TOTP secrets engine on integrated storage, with the file audit device. */
export const openBao: Peer = {
  name: 'OpenBao TOTP engine',
  atMost: 8_000,
  accepts: '"valid":true',
  differs: 'used codes in memory only, no lockout; the audit file is written but not synced',
  async install() {
    try {
      const version = (await runProgram(BAO, ['version'])).trim().split('\n', 1)[0] ?? '';
      return `${version}, raft storage, file audit device`;
    } catch {
      throw new Error(
        'there is no program "bao" on the PATH. Install OpenBao, whose releases have packages for it',
      );
    }
  },
  async enrol(folder, users) {
    mkdirSync(join(folder, 'raft'), { recursive: true });
    const server = await startServer(folder);
    const { keys_base64: keys, root_token: root } = await call(server, 'PUT', 'sys/init', '', {
      secret_shares: 1,
      secret_threshold: 1,
    });
    const unseal = String((keys as string[])[0]);
    await call(server, 'PUT', 'sys/unseal', '', { key: unseal });
    await untilActive(server);
    const token = String(root);
    await call(server, 'POST', 'sys/mounts/totp', token, { type: 'totp' });
    await call(server, 'PUT', 'sys/policies/acl/application', token, {
      policy: 'path "totp/code/*" { capabilities = ["update"] }',
    });
    const { auth } = await call(server, 'POST', 'auth/token/create', token, {
      policies: ['application'],
      ttl: '24h',
    });
    const application = (auth as { client_token: string }).client_token;
    const kept: Keys = { unseal, root: token, application };
    writeFileSync(join(folder, KEYS_FILE), JSON.stringify(kept), { mode: 0o600 });
    let next = 0;
    const enrolOneByOne = async () => {
      for (let user = next++; user < users; user = next++) {
        const key = { key: base32SecretOf(user), issuer: 'Bench', account_name: userName(user) };
        await call(server, 'POST', `totp/keys/${userName(user)}`, token, key);
      }
    };
    await Promise.all(Array.from({ length: ENROLLING_AT_ONCE }, enrolOneByOne));
    await server.stop();
  },
  async start(folder) {
    const keys: Keys = JSON.parse(readFileSync(join(folder, KEYS_FILE), 'utf8'));
    const server = await startServer(folder);
    await call(server, 'PUT', 'sys/unseal', '', { key: keys.unseal });
    await untilActive(server);
    return {
      url: server.url,
      pids: [server.pid],
      requests: async (logins) =>
        logins.map(({ user, code }) => ({
          path: `/v1/totp/code/${userName(user)}`,
          headers: { 'content-type': 'application/json', 'x-vault-token': keys.application },
          body: JSON.stringify({ code }),
        })),
      stop: () => server.stop(),
    };
  },
  verdict({ status, body }) {
    if (status !== 200) return 'refused';
    return body.includes('"valid":true') ? 'accepted' : 'wrong';
  },
};

async function startServer(folder: string): Promise<Server> {
  const [port, clusterPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'openbao.hcl');
  writeFileSync(
    config,
    `storage "raft" {
  path = "${join(folder, 'raft')}"
  node_id = "bench"
}
listener "tcp" {
  address = "127.0.0.1:${port}"
  tls_disable = true
}
audit "file" "file" {
  options {
    file_path = "${join(folder, 'audit.log')}"
  }
}
api_addr = "${url}"
cluster_addr = "http://127.0.0.1:${clusterPort}"
log_level = "warn"
`,
  );
  const program = await startProgram(
    BAO,
    ['server', `-config=${config}`],
    { log: join(folder, 'openbao.log') },
    () => answers(`${url}/v1/sys/health`),
  );
  return { url, pid: program.pid, stop: () => program.stop() };
}

async function untilActive(server: Server): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const { status } = await fetch(`${server.url}/v1/sys/health`);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('OpenBao was unsealed, and not active a minute later');
}

async function call(
  { url }: Server,
  method: string,
  path: string,
  token: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { 'x-vault-token': token }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`OpenBao answered ${response.status} to ${method} ${path}: ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
