/**
 * What the front page has to copy, exactly as it is there, against a real server: also when every token of the
 * account has ended meanwhile, as it would after an hour.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { SdkLanguageId } from '../../apps/web/pages/api-examples.ts';
import { snippet, type TaskId } from '../../apps/web/pages/front-snippets.ts';
import { repositoryAt } from '../../apps/web/pages/repository.ts';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { build, GO_SDK, go, printedByProgram, runGo } from '../sdk/go-program.ts';
import { PYTHON_SDK, python } from '../sdk/python-sdk.ts';
import { type AccountAccess, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const repository = repositoryAt(ROOT);
const [curl, oathtool] = [findTool('curl'), findTool('oathtool')];
const NEW_PASSWORD = 'nine lanterns on a slow canal';
const RUNS = { timeout: ENDS_WITHIN_MS, env: callerEnvironment() };
const EXPECTED = { first: true, click: true, again: false, qr: 'data:image/png;base64,' };

afterAll(endAll);

describe.skipIf(oathtool === null)('what the front page has to copy', () => {
  test('TypeScript: it goes on when the token has ended, and a double click is one login', async () => {
    const { shown, stop, change } = await opened('js');
    const file = join(temporaryFolder(), 'front.ts');
    const program = `
${shown('key').replace("'@kanda/sdk'", `'${ROOT}/packages/sdk/src/index.ts'`)}
${shown('register')}
${shown('validate')}
${shown('rotate')}
import { execFileSync } from 'node:child_process';
const code = execFileSync(${JSON.stringify(oathtool)}, ['--totp', '-b', secret.reveal()], { encoding: 'utf8' }).trim();
const first = await validate2FA('user-123', code, 'form-1');
execFileSync('curl', ${JSON.stringify(change)});
const click = await validate2FA('user-123', code, 'form-1');
const again = await validate2FA('user-123', code, 'form-2');
const qr = await rotateTotp('user-123');
console.log(JSON.stringify({ first, click, again, qr: qr?.slice(0, 22) }));
`;
    writeFileSync(file, program);
    const { stdout } = await promisify(execFile)(process.execPath, [file], RUNS);
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
    await stop();
  });

  test.skipIf(python === null)('Python: the same', async () => {
    const { shown, stop, change } = await opened('py');
    const file = join(temporaryFolder(), 'front.py');
    const program = `
${shown('key')}
${shown('register')}
${shown('validate')}
${shown('rotate')}
import json, subprocess
code = subprocess.run([${JSON.stringify(oathtool)}, '--totp', '-b', enrolment.secret.reveal()], capture_output=True, text=True).stdout.strip()
first = validate_2fa('user-123', code, 'form-1')
subprocess.run(['curl', *${JSON.stringify(change)}], check=True)
click = validate_2fa('user-123', code, 'form-1')
again = validate_2fa('user-123', code, 'form-2')
print(json.dumps({'first': first, 'click': click, 'again': again, 'qr': rotate_totp('user-123')[:22]}))
`;
    writeFileSync(file, program);
    const env = callerEnvironment({ PYTHONPATH: `${PYTHON_SDK}/src`, PYTHONDONTWRITEBYTECODE: '1' });
    const { stdout } = await promisify(execFile)(python ?? '', [file], { ...RUNS, env });
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
    await stop();
  });

  test.skipIf(go === null)('Go: the same', async () => {
    const { shown, stop, change } = await opened('go');
    const folder = temporaryFolder();
    const program = `package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"

	"kanda.example/kanda"
)

${shown('key')}
${shown('register')}
${shown('validate')}
${shown('rotate')}
func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func main() {
	ctx, k := context.Background(), must(open())
	secret := must(register(ctx, k)).Secret.Reveal()
	code := strings.TrimSpace(string(must(exec.Command(${JSON.stringify(oathtool)}, "--totp", "-b", secret).Output())))
	said := map[string]any{"first": validate2FA(ctx, k, "user-123", code, "form-1")}
	must(exec.Command("curl", ${change.map((word) => JSON.stringify(word)).join(', ')}).Output())
	said["click"] = validate2FA(ctx, k, "user-123", code, "form-1")
	said["again"] = validate2FA(ctx, k, "user-123", code, "form-2")
	said["qr"] = must(rotateTOTP(ctx, k, "user-123"))[:22]
	_ = json.NewEncoder(os.Stdout).Encode(said)
}
`;
    writeFileSync(join(folder, 'main.go'), program);
    runGo(['mod', 'init', 'shop.example/shop'], folder);
    const module = ['-require=kanda.example/kanda@v0.1.0', `-replace=kanda.example/kanda=${GO_SDK}`];
    runGo(['mod', 'edit', ...module], folder);
    expect(JSON.parse(await printedByProgram(build('.', folder)))).toEqual(EXPECTED);
    await stop();
  });

  test.skipIf(curl === null)('curl: the key is what $TOKEN holds', async () => {
    const { shown, stop } = await opened('curl');
    const run = async (task: TaskId) => {
      const { stdout } = await promisify(execFile)('bash', ['-ec', `${shown('key')}\n${shown(task)}`], RUNS);
      return JSON.parse(stdout);
    };
    const enrolled = await run('register');
    expect(enrolled).toMatchObject({ clientId: 'user-123', secret: expect.stringMatching(/^[A-Z2-7]{32}$/) });
    // The code that is shown is an example, so nearly always a wrong one.
    expect(await run('validate')).toHaveProperty('valid');
    expect((await run('rotate')).secret).not.toBe(enrolled.secret);
    await stop();
  });
});

/** A server, what is shown in a language with its address and a key, and what `curl` changes the password with. */
async function opened(language: SdkLanguageId) {
  const server = await KandaProcess.start();
  const account = await openAccount(server.url);
  const body = JSON.stringify({ currentPassword: account.password, newPassword: NEW_PASSWORD });
  const headers = [`authorization: Bearer ${account.token}`, 'content-type: application/json'];
  return {
    shown: (task: TaskId) => filled(snippet(repository, task, language), server, account),
    change: [
      '-sfX',
      'POST',
      `${server.url}/api/auth/password`,
      ...headers.flatMap((one) => ['-H', one]),
      '-d',
      body,
    ],
    stop: () => server.stop(),
  };
}

function filled(text: string, server: KandaProcess, { apiKey }: AccountAccess): string {
  return text.replaceAll('https://your-kanda-server', server.url).replaceAll('kan_your_api_key_here', apiKey);
}
