/**
 * The programs of the guides to JavaScript and Python, as an application would run them for years: their own blocks,
 * and then their `check` again and again, while what they hold becomes old, is revoked, or has no one to ask.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { Gateway } from '../guides/support/gateway.ts';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { fillIn, SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { findTool, pythonWithRequests } from '../support/test-tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const oathtool = findTool('oathtool');
const python = pythonWithRequests();

/** Each line that comes in is a code; each that goes out is what `check` said of it. */
const GOES_ON = {
  mjs: `
import { createInterface } from 'node:readline';
for await (const code of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await check({ id: 'user-9', enrolments: [] }, code, newPage())));
`,
  py: `
import json, sys
for code in sys.stdin:
    print(json.dumps(check({'id': 'user-9', 'enrolments': []}, code.strip(), new_page())), flush=True)
`,
};

const guides = [
  { page: 'javascript', language: 'js', ending: 'mjs', program: process.execPath },
  ...(python === null ? [] : [{ page: 'python', language: 'py', ending: 'py', program: python } as const]),
] as const;

afterAll(endAll);

describe.skipIf(oathtool === null).each(guides)('the check of the guide to $page', (guide) => {
  // Seen to fail while the guides kept one token for ever: no one got in once it had ended.
  test('lets users in when every token has ended, and says so in a log when no one can be', async () => {
    const server = await KandaProcess.start();
    const account = await openAccount(server.url);
    const owner = new Caller(server.url).withBearer(account.token);
    const phone = await owner.enrol('user-9');
    const gateway = await Gateway.start(server.url);
    const application = new Application(guide, gateway.url, account.apiKey);
    expect(await application.check('12 34')).toEqual({ valid: false, reason: 'not_a_code' });
    // Seen to fail without an Idempotency-Key: the answer that was lost stayed lost, and its code counted as used.
    let calls = 0;
    gateway.fate = (call) => (call.endsWith('/validate') && calls++ === 0 ? 'answer is lost' : 'passes');
    expect(await application.check(codeOf(phone))).toEqual({ valid: true });
    expect(calls).toBe(2);

    const changed = await owner.post('/api/auth/password', {
      currentPassword: account.password,
      newPassword: 'nine lanterns on a slow canal',
    });
    expect(changed.status).toBe(204);
    expect(await application.check(codeOf(phone, 1))).toEqual({ valid: true });

    await owner.post('/api/totp/clients/user-9/disable');
    expect(await application.check(codeOf(phone))).toEqual({ valid: false, reason: 'disabled' });
    expect(application.logged).toBe('');

    // Seen to fail while a field that only Kanda sends was taken for granted: the program ended.
    gateway.fate = () => 'bad gateway';
    expect(await application.check(codeOf(phone))).toEqual({ valid: false, reason: 'unavailable' });
    await expect.poll(() => application.logged).toContain('502 no code');
    gateway.fate = () => 'passes';

    expect((await owner.call('DELETE', `/api/keys/${account.keyId}`)).status).toBe(204);
    expect(await application.check(codeOf(phone))).toEqual({ valid: false, reason: 'unavailable' });
    // Two pipes: the line in the log may come after the answer.
    await expect.poll(() => application.logged).toContain('key_invalid');

    await server.stop();
    const before = application.logged.length;
    expect(await application.check(codeOf(phone))).toEqual({ valid: false, reason: 'unavailable' });
    await expect.poll(() => application.logged.length).toBeGreaterThan(before);
    await application.end();
    gateway.close();
    owner.close();
  });
});

/** A guide's program with a real address and key, which then checks the given code. */
class Application {
  logged = '';
  readonly #program;
  readonly #printed;

  constructor({ page, language, ending, program }: (typeof guides)[number], url: string, apiKey: string) {
    const markdown = readFileSync(join(ROOT, `docs/guides/${page}.md`), 'utf8');
    const blocks = fencedBlocks(markdown).filter((block) => block.language === language);
    // What the guide itself prints is of no interest here.
    const promises = blocks.flatMap(({ text }) => text.match(/^(?:console\.log|print)\(.*$/gm) ?? []);
    const values = new Map([
      [SHOWN_URL, url],
      [SHOWN_API_KEY, apiKey],
    ]);
    const source = fillIn(blocks.map(({ text }) => text).join('\n'), values);
    const file = join(temporaryFolder(), `application.${ending}`);
    writeFileSync(file, source + GOES_ON[ending]);
    this.#program = spawn(program, [file], {
      env: callerEnvironment({
        PATH: `${dirname(oathtool ?? '')}:${callerEnvironment().PATH}`,
        HOME: temporaryFolder(),
      }),
      stdio: 'pipe',
    });
    this.#program.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.logged += text;
    });
    const lines = createInterface({ input: this.#program.stdout })[Symbol.asyncIterator]();
    this.#printed = (async function* () {
      for (const _ of promises) await lines.next();
      for (let line = await lines.next(); !line.done; line = await lines.next()) yield line.value;
    })();
  }

  /** @throws with what the program logged when it has ended */
  async check(code: string): Promise<unknown> {
    this.#program.stdin.write(`${code}\n`);
    const { value } = await this.#printed.next();
    if (value === undefined) throw new Error(`The program has ended:\n${this.logged}`);
    return JSON.parse(value);
  }

  async end(): Promise<void> {
    const exited = once(this.#program, 'exit');
    this.#program.stdin.end();
    await exited;
  }
}
