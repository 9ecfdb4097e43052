/**
 * SIGKILL between commits and their answers. A caller that sends its request again with the same Idempotency-Key gets
 * the answer that it earned: `valid: true` for a right code, the secret of the client that was enrolled.
 *
 * Seen to fail without the look-up of kept answers: the first code whose answer was lost got `invalid_code`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import { afterAll, expect, test } from 'vitest';
import { type Answer, Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

const ROUNDS = 5;
/** Users whose code is sent when the server is killed, in each round; as many are enrolled. */
const USERS = 12;

const GONE_MS = 100;

afterAll(endAll);

/** One request with its key, which can be sent again. */
interface Request {
  readonly path: string;
  readonly body: object;
  readonly key: string;
}

const send = (caller: Caller, { path, body, key }: Request): Promise<Answer> =>
  caller.post(path, body, { 'idempotency-key': key });

test(`killed ${ROUNDS} times between commit and answer, it answers those who ask again`, {
  timeout: 900_000,
}, async () => {
  let server = await KandaProcess.start();
  const { token } = await openAccount(server.url);
  const counts = { answered: 0, replayed: 0, doneAnew: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const owner = new Caller(server.url).withBearer(token, 2 * USERS);
    const requests = (
      await Promise.all(Array.from({ length: USERS }, (_, user) => requestsOf(owner, `r${round}-${user}`)))
    ).flat();
    const first = Promise.withResolvers<void>();
    const answers = requests.map((request) =>
      send(owner, request).then(
        (answer) => {
          first.resolve();
          return answer;
        },
        () => null,
      ),
    );
    await first.promise;
    // In every other round the connections break first, and what has arrived is done for callers who have gone.
    if (round % 2 === 0) {
      owner.close();
      await sleep(GONE_MS);
    }
    await server.kill();
    const before = await Promise.all(answers);
    owner.close();

    server = await server.again();
    const again = new Caller(server.url).withBearer(token, 4);
    for (const [index, request] of requests.entries()) {
      const answer = await send(again, request);
      if (request.path.endsWith('validate')) expect(answer.json, answer.text).toEqual({ valid: true });
      else expect(answer.status, answer.text).toBe(201);
      const earlier = before[index] ?? null;
      const replayed = answer.headers['idempotent-replayed'] === 'true';
      if (earlier !== null) expect([replayed, answer.text]).toEqual([true, earlier.text]);
      counts[earlier !== null ? 'answered' : replayed ? 'replayed' : 'doneAnew'] += 1;
    }
    again.close();
  }
  console.log(`idempotency crash test: ${JSON.stringify(counts)}`);
  // Without kills between a commit and its answer nothing would be shown.
  expect(counts.replayed).toBeGreaterThan(0);
});

/** A right code of a user who is enrolled, and the enrolment of another one. */
async function requestsOf(owner: Caller, name: string): Promise<readonly Request[]> {
  const { secret } = await owner.enrol(name);
  const code = totp(createHotpKey(decodeBase32(secret), 'SHA1'), Date.now(), DEFAULT_PARAMETERS);
  const enrolment = { clientId: `${name}-new`, label: 'Ada', issuer: 'MyApp', qr: 'none' };
  return [
    { path: '/api/totp/validate', body: { clientId: name, token: code }, key: `code of ${name}` },
    { path: '/api/totp/register', body: enrolment, key: `enrolment of ${name}` },
  ];
}
