import { servesBeside } from '../migrations/phases.ts';
import type { Session } from './session.ts';

/** A process that has the store open, as the database knows it. */
export interface ServerAtWork {
  /** As it is shown to the operator. */
  readonly name: string;
  /** The newest migration that it knows; empty: that is not known. */
  readonly knows: string;
}

/** Those that are at work, within a transaction that was begun. */
export async function serversAtWork(session: Session): Promise<readonly ServerAtWork[]> {
  const [lease] = await session.exchange([{ text: "select to_regclass('lease') is not null" }]);
  if (lease?.rows[0]?.[0] !== 't') return [];
  const [held] = await session.exchange([
    { text: 'select holder from lease where expires_at > extract(epoch from clock_timestamp()) * 1000' },
  ]);
  return (held?.rows ?? []).map(([holder]) => ({ name: holder ?? '', knows: '' }));
}

/** Those of them that could not go on beside these migrations. */
export async function serversInTheWay(
  session: Session,
  migrations: readonly string[],
): Promise<readonly string[]> {
  const servers = await serversAtWork(session);
  return servers.filter(({ knows }) => !servesBeside(migrations, knows)).map(({ name }) => name);
}
