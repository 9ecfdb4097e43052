/** A folder with a file for `kanda apply`, what that names, and a data directory. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

export const FILE = `accounts:
  - email: You@example.com
    passwordFile: password.txt
    policy: { freeFailures: 4 }
    keys:
      - name: web shop
        scopes: [totp:write, totp:read]
        expires: 2999-12-31
        file: web-shop.key
      - { name: tests, test: true, file: test.key }
    webhooks:
      - url: https://app.example.com/webhooks/kanda
        events: [client.locked]
        secretFile: webhook.secret
`;

export class ApplyFolder {
  readonly #folder = temporaryFolder();
  readonly dataDir = join(this.#folder, 'data');

  /** @param from what to begin with; absent: the file, and no store */
  constructor(from?: ApplyFolder) {
    if (from !== undefined) cpSync(from.#folder, this.#folder, { recursive: true });
    else {
      writeFileSync(this.at('password.txt'), `${PASSWORD}\n`);
      this.write(FILE);
    }
  }

  at(name: string): string {
    return join(this.#folder, name);
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8').trim();
  }

  write(text: string): void {
    writeFileSync(this.at('kanda.yaml'), text);
  }

  apply(...flags: string[]) {
    return kanda(['apply', this.at('kanda.yaml'), '--data-dir', this.dataDir, ...flags]);
  }

  async changes() {
    return JSON.parse((await this.apply('--dry-run', '--json')).stdout);
  }

  /** The names of the events, as `kanda logs` prints them. */
  async log(): Promise<(string | undefined)[]> {
    const { stdout } = await kandaDone(['logs', '--data-dir', this.dataDir]);
    return stdout.split('\n').map((line) => line.split(/ {2,}/)[1]);
  }
}
