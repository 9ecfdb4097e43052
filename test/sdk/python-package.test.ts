/** The wheel of the Python SDK: built, installed into an empty environment of each Python, its types checked, and run. */
import { execFile } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { isExecutable, programsNamed } from '../../tools/system-tools.mjs';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { PYTHON_SDK, python, runPython } from './python-sdk.ts';

const REQUIREMENTS = join(import.meta.dirname, 'python/requirements.txt');
/** The versions that the SDK is for; the last ones may not be on this machine. */
const MINORS = [10, 11, 12, 13, 14];

/** What a program prints. @throws with all of it when it fails */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  // Nothing of the repository's: only what is installed.
  const env = callerEnvironment({ PYTHONPATH: undefined, PYTHONDONTWRITEBYTECODE: '1' });
  const done = await promisify(execFile)(program, args, { cwd, env }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.code}\n${error.stdout}${error.stderr}`);
  });
  return done.stdout;
}

/** Each Python of this machine that the SDK is for: the oldest and the newest, and that of the system between them. */
async function interpreters(): Promise<{ name: string; program: string }[]> {
  const found: { name: string; program: string }[] = [];
  for (const minor of MINORS) {
    const name = `python3.${minor}`;
    const kept = globSync(`versions/3.${minor}*/bin/${name}`, {
      cwd: process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'),
    }).map((path) => join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), path));
    for (const program of [...programsNamed(name), ...kept].filter(isExecutable)) {
      // A shim may be there for a version that is not the chosen one.
      const works = await run(program, ['-c', 'import ensurepip, venv'], homedir()).catch(() => null);
      if (works === null) continue;
      found.push({ name, program });
      break;
    }
    if (found.at(-1)?.name !== name) console.warn(`NOT TESTED: the wheel on ${name}, which is not here.`);
  }
  return found.length <= 2 ? found : [found[0], found.at(-1)].flatMap((one) => one ?? []);
}

/** Enrols, checks a code twice, and reads it back, with both clients; prints what an application would see. */
const program = (url: string, apiKey: string) => `
import asyncio, base64, hashlib, hmac, json, sys
from kanda import AsyncKanda, ClientNotFound, Kanda, KandaError, is_valid

def first_code(secret: str) -> str:
    mac = hmac.new(base64.b32decode(secret), bytes(8), hashlib.sha1).digest()
    return f"{(int.from_bytes(mac[(at := mac[19] & 15):at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"

user = sys.argv[1]
with Kanda(${JSON.stringify(url)}, ${JSON.stringify(apiKey)}) as kanda:
    enrolled = kanda.register(client_id=user, label="a", issuer="b", type="hotp")
    token = first_code(enrolled.secret.reveal())
    first = is_valid(kanda.validate(client_id=user, token=token))

async def main() -> tuple[bool, list[str], str]:
    async with AsyncKanda(${JSON.stringify(url)}, ${JSON.stringify(apiKey)}) as kanda:
        again = is_valid(await kanda.validate(client_id=user, token=token))
        listed = [one.event async for one in kanda.logs.list(client_id=user, limit=2)]
        try:
            await kanda.clients.get("unknown")
        except ClientNotFound as error:
            return again, listed, type(error).__name__
        return again, listed, ""

again, listed, error = asyncio.run(main())
print(json.dumps({"first": first, "again": again, "listed": listed, "secret": str(enrolled.secret), "error": error}))
print(kanda, enrolled)
`;

const SEEN = {
  first: true,
  again: false,
  listed: ['totp.validated', 'totp.validated', 'client.registered'],
  secret: '[redacted]',
  error: 'ClientNotFound',
};

/** What an application writes, and what its types must refuse: `warn_unused_ignores` is in --strict. */
const APPLICATION = `
from __future__ import annotations

from typing import Literal

import kanda
from kanda import AsyncKanda, Client, Kanda, KandaError, OutcomeUnknown, Problem, RateLimited, Secret, Verdict, is_valid
from kanda.types import ImportRecord


def login(server: Kanda, client_id: str, token: str) -> str:
    try:
        verdict: Verdict = server.validate(client_id=client_id, token=token, details=True, idempotency_key="form")
        if is_valid(verdict):
            device: Secret[str] | None = verdict.device_token
            return device.reveal() if device is not None else verdict.authenticator_id or ""
        seconds: int | None = verdict.retry_after
        reason: Literal["invalid_code", "code_already_used", "locked", "disabled", "pending", "device_unknown"] | None
        reason = verdict.reason
        return f"{reason} {seconds}"
    except RateLimited as error:
        return error.code
    except OutcomeUnknown as error:
        return error.idempotency_key
    except Problem as error:
        return error.request_id
    except KandaError as error:
        return str(error)


def enrol(server: Kanda) -> str | None:
    enrolment = server.register(client_id="a", label="b", issuer="c", confirm=True)
    text: str = enrolment.secret  # type: ignore[assignment]
    server.register(client_id="a", issuer="c")  # type: ignore[call-arg]
    server.clients.list(status="gone")  # type: ignore[arg-type]
    server.validate("a", "123456")  # type: ignore[call-arg]
    record: ImportRecord = {"client_id": "a", "issuer": "b", "secret": "c", "last_used_step": 1}
    server.import_(records=[record])
    server.rotate("a", proof={"recovery_code": "x"}, confirm=True)
    server.authenticators.update("a", "b", name=None)
    clients: list[Client] = [client for client in server.clients.list(limit=10)]
    for page in server.logs.list().pages():
        print(page.next_cursor, page.data[0].event, clients, text)
    return enrolment.qr_data_url.reveal() if enrolment.qr_data_url is not None else None


async def validate(server: AsyncKanda) -> bool:
    verdict = await server.validate(client_id="a", token="123456")
    async for client in server.clients.list():
        name: str = client.client_id
        print(name, kanda.__version__)
    return is_valid(verdict)
`;

let wheel: string;
let server: KandaProcess;
let apiKey: string;
const found = python === null ? [] : await interpreters();

beforeAll(async () => {
  if (python === null) return;
  const folder = temporaryFolder();
  await runPython(['-m', 'build', '--no-isolation', '--outdir', folder, PYTHON_SDK]);
  wheel = join(folder, globSync('*.whl', { cwd: folder })[0] ?? '');
  server = await KandaProcess.start();
  apiKey = (await openAccount(server.url)).apiKey;
});
afterAll(endAll);

test.skipIf(python === null)(
  'the wheel and the source have the package, its types and its licence',
  async () => {
    expect(wheel).toMatch(/kanda-0\.1\.0-py3-none-any\.whl$/);
    const names = (await runPython(['-m', 'zipfile', '--list', wheel]))
      .split('\n')
      .map((line) => line.split(' ')[0]);
    for (const file of ['kanda/__init__.py', 'kanda/py.typed', 'kanda/types.py', 'kanda/problems.py'])
      expect(names).toContain(file);
    expect(names).toContain('kanda-0.1.0.dist-info/licenses/LICENSE');
    expect(names.filter((name) => /(^|\/)tests?\/|__pycache__/.test(name ?? ''))).toEqual([]);
  },
);

test.skipIf(python === null).each(['tests', 'live'])(
  'its sources and %s are clean under mypy --strict',
  async (folder) => {
    const strict = ['-m', 'mypy', '--strict', '--cache-dir=/dev/null', '--python-version', '3.10'];
    const printed = await runPython([...strict, 'src', folder], {
      PYTHONPATH: '',
      MYPYPATH: `src:tests:${folder}`,
    });
    expect(printed).toMatch(/^Success/);
  },
);

test.skipIf(python === null)('there is a Python to install it into', () => {
  expect(found.length).toBeGreaterThan(0);
});

describe.each(found)('$name', ({ name, program: interpreter }) => {
  let folder: string;
  let own: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    await run(interpreter, ['-m', 'venv', join(folder, 'venv')], folder);
    own = join(folder, 'venv/bin/python');
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--constraint',
      REQUIREMENTS,
    ];
    await run(own, [...pip, wheel, 'pytest'], folder);
  });

  test('needs httpx and nothing else', async () => {
    const requires = "import importlib.metadata as m; print(m.requires('kanda'), m.version('kanda'))";
    expect((await run(own, ['-c', requires], folder)).trim()).toBe("['httpx<1,>=0.27'] 0.1.0");
  });

  test('runs it: a code is accepted once, and nothing secret prints', async () => {
    writeFileSync(join(folder, 'program.py'), program(server.url, apiKey));
    const [seen = '', ...printed] = (await run(own, ['-W', 'error', 'program.py', name], folder))
      .trim()
      .split('\n');
    expect(JSON.parse(seen)).toEqual(SEEN);
    expect(printed.join()).toContain('[redacted]');
    expect(printed.join()).not.toMatch(/kan_|[A-Z2-7]{16}/);
  });

  test('pytest finds its fixture by itself', async () => {
    const fixtures = ['-m', 'pytest', '--fixtures', '-q', '-p', 'no:cacheprovider', folder];
    expect(await run(own, fixtures, folder)).toMatch(/^kanda_server \[session scope\]/m);
  });

  test('passes its tests', async () => {
    const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'error', join(PYTHON_SDK, 'tests')];
    expect(await run(own, args, folder)).toMatch(/\d{3} passed in/);
  });

  test('has types that hold under mypy --strict', async () => {
    writeFileSync(join(folder, 'application.py'), APPLICATION);
    const args = [
      '-m',
      'mypy',
      '--strict',
      '--cache-dir',
      '/dev/null',
      '--python-executable',
      own,
      'application.py',
    ];
    expect(await run(python ?? '', args, folder)).toMatch(/^Success/);
  });
});
