/** The texts of settings as hosts, networks, URLs and files. Each function throws `BadValue`. */
import { BlockList, isIP } from 'node:net';
import { Secret } from '../domain/secret.ts';
import { BadValue } from './setting.ts';
import { quote, wholeNumber } from './values.ts';

/** An IP address, without the brackets of IPv6, or a host name. */
export function parseHost(text: string): string {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text);
  if (isIP(address) === 0 && !isName) {
    throw new BadValue(`is ${quote(text)}, neither an IP address nor a host name (no scheme, no port)`);
  }
  return address;
}

/** The value is never echoed: a URL that cannot be parsed may hold its password anywhere. */
export function parseDatabaseUrl(text: string): Secret {
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new BadValue('does not begin with postgres:// or postgresql:// (its value is not shown here)');
  }
  if (!URL.canParse(text)) {
    throw new BadValue(
      'is not a URL; a character such as / # ? @ % in the password must be percent-encoded (its value is not shown here)',
    );
  }
  return new Secret(text);
}

/** The origin of an http or https URL. */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new BadValue('is not an absolute http:// or https:// URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadValue('contains a user name or password, which would be part of every link');
  }
  if (url.pathname !== '/' || /[?#]/.test(text)) {
    throw new BadValue(
      `is ${quote(text)}, which has more than a scheme, a host and a port. Kanda's pages and links begin at / and do ` +
        'not work under a path: give Kanda a host name of its own',
    );
  }
  return url.origin;
}

/** The value is never echoed: a URL may hold a token in its query. */
export function parseSink(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new BadValue('is neither an http:// or https:// URL nor the path of a file');
  }
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') {
    throw new BadValue('holds a user name or password, which HTTP clients do not send from a URL');
  }
  return text;
}

/** A receiver of syslog messages. */
export interface SyslogSetting {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}

/** RFC 5425 §4.1. */
const SYSLOG_TLS_PORT = 6514;

/** `tls://host`, `tls://host:port` or `tcp://host:port`. */
export function parseSyslog(text: string): SyslogSetting {
  const [, scheme, host = '', port] =
    /^(tls|tcp):\/\/(\[[^\]]+\]|[^:/?#@]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  if (scheme === undefined) {
    throw new BadValue(
      `is ${quote(text)}, neither tls://host:port nor tcp://host:port (no UDP, no user name, no path)`,
    );
  }
  if (scheme === 'tcp' && port === undefined) throw new BadValue(`is ${quote(text)}, without a port`);
  const number = port === undefined ? SYSLOG_TLS_PORT : wholeNumber(port, 1, 65_535);
  return { tls: scheme === 'tls', host: parseHost(host), port: number };
}

/** The path of a file, and not a URL. */
export function parseFilePath(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw new BadValue(`is ${quote(text)}, not the path of a file`);
  return text;
}

/** A witness's verifier key and address. Whether the key is one, its reader says: this layer has no hashes. */
export interface WitnessSetting {
  readonly key: string;
  readonly url: string;
}

/** Verifier key, a space and URL; several with commas between. */
export function parseWitnesses(text: string): readonly WitnessSetting[] {
  if (text.trim() === '') return [];
  return text.split(',').map((one) => {
    const [key = '', url = '', ...more] = one.trim().split(/\s+/);
    if (!/^[^\s+]+\+[0-9a-f]{8}\+\S+$/u.test(key) || more.length > 0)
      throw new BadValue(`holds ${quote(one.trim())}, not a verifier key, a space and a URL`);
    if (!/^https?:\/\//i.test(url)) throw new BadValue(`holds ${quote(url)}, not an http:// or https:// URL`);
    return { key, url: parseSink(url) };
  });
}

/** An http or https URL without user name and password. */
export function parseCollector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new BadValue('is not an absolute http:// or https:// URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadValue('holds a user name or password; put a token into OTEL_EXPORTER_OTLP_HEADERS');
  }
  return text;
}

/** RFC 9116 §2.5.3: a mailto, https or tel URL. */
export function parseContact(text: string): string {
  if (!/^(mailto|https|tel):[!-~]+$/.test(text) || !URL.canParse(text)) {
    throw new BadValue(`is ${quote(text)}, not a mailto:, https: or tel: URL`);
  }
  return text;
}

/** IP addresses and networks, separated by commas. */
export function parseProxies(text: string): readonly string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of entries) assertProxy(entry);
  return entries;
}

/** IP addresses and networks, separated by commas, also large ones. */
export function parseWebhookNetworks(text: string): readonly string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of entries) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const most = isIP(address) === 4 ? 32 : 128;
    const isNetwork = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most);
    if (isIP(address) === 0 || address.includes('%') || rest.length > 0 || !isNetwork)
      throw new BadValue(`holds ${quote(entry)}, neither an IP address nor a network (no names, no ports)`);
  }
  return entries;
}

const IPV4_IN_IPV6 = new BlockList();
IPV4_IN_IPV6.addSubnet('::ffff:0:0', 96, 'ipv6');

function assertProxy(text: string): void {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  const bits = Number(prefix ?? 1);
  if (family === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) {
    throw new BadValue(`holds ${quote(text)}, neither an IP address nor a network (no names, no ports)`);
  }
  if (bits > (family === 4 ? 32 : 128))
    throw new BadValue(`holds ${quote(text)}, a network that does not exist`);
  if (bits === 0) {
    throw new BadValue(
      `holds ${quote(text)}: every caller could then choose the address that limits and log see. ` +
        'List the addresses of your proxies alone',
    );
  }
  if (family === 6 && IPV4_IN_IPV6.check(address, 'ipv6')) {
    throw new BadValue(`holds ${quote(text)}, IPv4 written as IPv6. Write the IPv4 address or network`);
  }
  if (address.includes('%')) throw new BadValue(`holds ${quote(text)}: leave out the zone after the %`);
}
