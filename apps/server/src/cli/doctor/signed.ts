import type { Config } from '../../config/schema.ts';
import { originOf } from '../../domain/log/origin.ts';
import { formatCount } from '../lib/format.ts';
import { rememberedCheckpoints } from '../log/witnesses.ts';
import { type Finding, fine, look, problem } from './finding.ts';

/** How far the newest checkpoint of a log is in the store. */
export interface StoredCheckpoint {
  /** null: the installation's own log. */
  readonly accountPublicId: string | null;
  readonly checkpointSize: number;
}

const CHECK = 'Signed';
const MAX_NAMED = 3;

/** Whether the store has what this node remembers as signed. Roots and events are for `kanda audit verify`. */
export async function checkSigned(config: Config, stored: readonly StoredCheckpoint[]): Promise<Finding[]> {
  let remembered: Awaited<ReturnType<typeof rememberedCheckpoints>>;
  try {
    remembered = await rememberedCheckpoints(config);
  } catch (error) {
    return [problem(CHECK, (error as Error).message, 'Make the file readable for the user of the server.')];
  }
  if (remembered.length === 0) {
    if (stored.every(({ checkpointSize }) => checkpointSize === 0)) return [];
    return [
      look(
        CHECK,
        'this node remembers no signed checkpoint, and the store has some',
        'That is so before the first start of this version and after a restore. Otherwise give the server a data directory that lasts.',
      ),
    ];
  }
  const sizes = new Map(
    stored.map(({ accountPublicId, checkpointSize }) => [originOf(accountPublicId), checkpointSize]),
  );
  const less = remembered.filter(({ checkpoint }) => (sizes.get(checkpoint.origin) ?? 0) < checkpoint.size);
  if (less.length === 0)
    return [fine(CHECK, `the store has what was signed of ${formatCount(remembered.length, 'log')}`)];
  const named = less
    .slice(0, MAX_NAMED)
    .map(
      ({ checkpoint: { origin, size } }) =>
        `${origin}: ${formatCount(size, 'event')} signed, ${sizes.get(origin) ?? 0} in the store`,
    );
  const others = less.length > MAX_NAMED ? `; ${less.length - MAX_NAMED} more` : '';
  return [
    problem(
      CHECK,
      `the store has less than was signed (${named.join('; ')}${others}), and no checkpoint is signed for it`,
      'Run: kanda audit verify. If the store was restored from a backup: kanda audit accept-restore',
    ),
  ];
}
