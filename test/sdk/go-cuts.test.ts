/**
 * A thousand right codes through a proxy that cuts every fifth connection at a random instant, checked by the SDK for Go:
 * each is accepted, and accepted once, as the caller and the log see it. `CUT_SEED` repeats a run.
 *
 * Seen to fail when the SDK sent another Idempotency-Key with each try: right codes were answered `invalid_code`, as an
 * earlier try whose answer was lost had used them up.
 */
import { afterAll, expect, test } from 'vitest';
import { Caller, openAccount } from '../support/caller.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { cutUsers, importUsers, verdictsOf } from './cut-users.ts';
import { build, printedByProgram, withGo } from './go-program.ts';

const SEED = Number(process.env.CUT_SEED ?? 20_261_130);
const users = cutUsers(1_000);

afterAll(endAll);

withGo(() =>
  test(`of ${users.length} right codes each is accepted exactly once, though every fifth connection is cut`, async () => {
    const program = build('./cuts');
    const server = await KandaProcess.start();
    const proxy = await CuttingProxy.start(server.url, { random: 0.2, seed: SEED });
    const { apiKey, token } = await openAccount(server.url);
    const owner = new Caller(server.url).withBearer(token);
    await importUsers(owner, users);
    const variables = { KANDA_PROXY: proxy.url, KANDA_API_KEY: apiKey };
    const refused = JSON.parse(await printedByProgram(program, variables, JSON.stringify(users)));
    const { requests, cut } = proxy.counts;
    console.log(`${requests} requests, ${cut} of them cut; seed ${SEED}`);
    await proxy.stop();
    expect(refused).toEqual([]);
    expect(cut).toBeGreaterThan(users.length * 0.15);
    expect(requests).toBeGreaterThanOrEqual(users.length + cut);
    expect(await verdictsOf(owner)).toEqual({
      accepted: users.length,
      usersOfThese: users.length,
      refused: 0,
    });
  }),
);
