import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { TestHalfStore } from '../../../domain/test-mode/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { PlainChange } from '../log/recorded-change.ts';
import { deleteSomeTestClients, openTestAuthenticator } from './test-clients.ts';
import { advanceTestClock, lockTestHalf } from './test-clock.ts';
import { createTestHalf, findTestHalf } from './test-halves.ts';

/** What a store does with the test halves of accounts, the same in both dialects. */
export function testHalfStore(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  plainChange: PlainChange,
  box: SecretBox,
): TestHalfStore {
  return {
    findTestHalf: (liveId) => read((db) => findTestHalf(db, liveId), liveId),
    createTestHalf: (half) => write((db) => createTestHalf(db, box, half), half.liveId),
    advanceTestClock: (accountId, byMs, made) =>
      plainChange(accountId, keptBeyond(made, byMs), (db, timed) =>
        advanceTestClock(db, accountId, byMs, timed),
      ),
    async deleteTestClients(accountId, made) {
      while (await write((db) => deleteSomeTestClients(db, box, accountId, made), accountId));
      await plainChange(accountId, made, async (db) => void (await lockTestHalf(db, accountId)));
    },
    openTestAuthenticator: (accountId, clientId, number, now) =>
      read((db) => openTestAuthenticator(db, box, accountId, clientId, number, now), accountId),
  };
}

/** The answer is kept for as long after the clock was set forward as others are: sent again, the request must find it. */
function keptBeyond(made: Change, byMs: number): Change {
  const { idempotency } = made;
  if (idempotency === undefined) return made;
  return { ...made, idempotency: { ...idempotency, keptMs: idempotency.keptMs + byMs } };
}
