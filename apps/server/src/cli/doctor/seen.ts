import { whatIsLost } from '../../background/seen-file.ts';
import { KNOWS_NODES, rememberedStore, wayOut, whereabouts } from '../../compose/lost-store.ts';
import type { Config } from '../../config/schema.ts';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { type Finding, fine, look, problem } from './finding.ts';

const CHECK = 'Last seen';

/** Whether the store is the one that this node had, and not older. One that cannot be read is a finding of its own. */
export async function checkSeen(config: Config, facts: StoreFacts | null): Promise<Finding[]> {
  if (facts?.schema.includes(KNOWS_NODES) !== true) return [];
  try {
    const remembered = rememberedStore(config);
    const { seen, isElsewhere } = await whereabouts(config);
    if (isElsewhere) return [];
    if (remembered === null) {
      if (seen === null) return [];
      return [
        look(
          CHECK,
          'this node does not remember the store, and would not notice that it was lost',
          'That is so after a restore until the next start. Otherwise give the server a data directory that lasts.',
        ),
      ];
    }
    const fault = whatIsLost(seen, remembered);
    if (fault === null) return [fine(CHECK, `the store that this node had at ${remembered.at}`)];
    return [problem(CHECK, `the store ${fault}`, wayOut(config))];
  } catch (error) {
    return [problem(CHECK, (error as Error).message, 'No server starts until this is repaired.')];
  }
}
