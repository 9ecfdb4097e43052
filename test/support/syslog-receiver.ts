/** A syslog receiver that Kanda knows nothing of: rsyslog, as Debian has it, over TLS, with its own parser of structured data. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { UNPACKED } from '../../tools/system-tools.mjs';
import { SOON } from './patience.ts';
import { freePort } from './proxy-examples.ts';
import { findTool } from './test-tools.ts';

export const rsyslogd = findTool('rsyslogd');

/** Of the programs that were unpacked and not installed. */
export const LIBRARIES = join(
  UNPACKED,
  'usr',
  'lib',
  process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu',
);

/** A message as rsyslog has read it. */
export interface Received {
  readonly pri: string;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly msgid: string;
  readonly msg: string;
  /** The parameters of Kanda's element. */
  readonly data: Readonly<Record<string, string>>;
}

/** The PEM files of an authority, of the receiver with the name localhost, and of a client. */
export function makeCertificates(folder: string) {
  const openssl = (...args: string[]) => {
    const made = spawnSync('openssl', args, { cwd: folder });
    expect(made.status, String(made.stderr)).toBe(0);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  for (const name of ['localhost', 'client']) {
    writeFileSync(join(folder, 'extensions'), `subjectAltName=DNS:${name}\n`);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-extfile',
      'extensions',
      '-out',
      `${name}.pem`,
    );
  }
  const path = (name: string) => join(folder, name);
  return {
    ca: path('ca.pem'),
    receiver: { certificate: path('localhost.pem'), key: path('localhost.key') },
    client: { certificate: path('client.pem'), key: path('client.key') },
  };
}

export interface ReceiverOptions {
  /** Whether only a client with the certificate `client` is let in. */
  readonly knowsClients?: boolean;
}

/** Rsyslog with a folder and a port of its own, which can be killed and started again. */
export class SyslogReceiver {
  readonly port: number;
  readonly ca: string;
  readonly client: { readonly certificate: string; readonly key: string };
  readonly #folder: string;
  #process: ChildProcess | null = null;

  private constructor(
    folder: string,
    port: number,
    { ca, receiver, client }: ReturnType<typeof makeCertificates>,
    knowsClients: boolean,
  ) {
    this.#folder = folder;
    this.port = port;
    this.ca = ca;
    this.client = client;
    const mode = knowsClients ? 'AuthMode="x509/name" PermittedPeer="client"' : 'AuthMode="anon"';
    writeFileSync(
      join(folder, 'rsyslog.conf'),
      `global(workDirectory="${folder}" parser.escapeControlCharactersOnReceive="off" maxMessageSize="16k"
         DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="${ca}"
         DefaultNetstreamDriverCertFile="${receiver.certificate}" DefaultNetstreamDriverKeyFile="${receiver.key}")
       module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.${mode})
       module(load="mmpstrucdata")
       template(name="all" type="list" option.jsonf="on") {
         ${[
           ['pri', 'pri'],
           ['host', 'hostname'],
           ['app', 'app-name'],
           ['msgid', 'msgid'],
           ['msg', 'msg'],
           ['sd', '$!rfc5424-sd'],
         ]
           .map(([out, name]) => `property(outname="${out}" name="${name}" format="jsonf")`)
           .join('\n')}
         property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
       }
       ruleset(name="kanda" queue.type="Direct") {
         action(type="mmpstrucdata" sd_name.lowercase="off")
         action(type="omfile" file="${this.#path}" template="all")
       }
       input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="kanda")\n`,
    );
  }

  static async start(
    folder: string,
    { knowsClients = false }: ReceiverOptions = {},
  ): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(folder, await freePort(), makeCertificates(folder), knowsClients);
    await receiver.start();
    return receiver;
  }

  get #path(): string {
    return join(this.#folder, 'received.ndjson');
  }

  async start(): Promise<void> {
    const args = ['-n', '-f', join(this.#folder, 'rsyslog.conf'), '-i', join(this.#folder, 'pid')];
    this.#process = spawn(rsyslogd ?? '', [...args, '-M', join(LIBRARIES, 'rsyslog')], {
      env: callerEnvironment({ LD_LIBRARY_PATH: LIBRARIES }),
      stdio: 'ignore',
    });
    await vi.waitFor(() => expect(existsSync(join(this.#folder, 'pid'))).toBe(true), SOON);
  }

  /** Has it read nothing more, with its connections open, as an overloaded machine does. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** Ends it where it is: what it has not read is lost. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const ended = this.#process;
    this.#process = null;
    if (ended === null || ended.exitCode !== null) return;
    const exited = once(ended, 'exit');
    ended.kill(signal);
    await exited;
  }

  /** What it has written down, in that order. A line that a kill has cut is none. */
  received(): Received[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          const { sd, ...message } = JSON.parse(line);
          return [{ ...message, data: JSON.parse(sd)['kanda@32473'] }];
        } catch {
          return [];
        }
      });
  }
}
