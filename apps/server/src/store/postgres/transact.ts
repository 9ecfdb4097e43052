import { setTimeout as sleep } from 'node:timers/promises';
import type { Connections, DatabaseLimits } from './connections.ts';
import { isConnectionLost, type Session } from './session.ts';
import { isUndone } from './sql-states.ts';
import { UnknownOutcome } from './transaction.ts';

const MAX_REPEATS = 5;

/**
 * Runs one transaction on a connection of its own. One that the database has undone, or whose connection was
 * lost before its commit was sent, is run again; never one whose outcome is unknown.
 */
export async function transact<T>(
  connections: Connections,
  limits: DatabaseLimits,
  repeatable: boolean,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + limits.connectTimeoutMs;
  for (let repeats = 0; ; repeats++) {
    const session = await connections.acquire();
    try {
      return await run(session);
    } catch (error) {
      const again = isUndone(error) || (isConnectionLost(error) && !(error instanceof UnknownOutcome));
      if (!repeatable || !again || repeats >= MAX_REPEATS || performance.now() > deadline) throw error;
    } finally {
      await session.release();
    }
    await sleep(Math.random() * 2 ** repeats * 10);
  }
}
