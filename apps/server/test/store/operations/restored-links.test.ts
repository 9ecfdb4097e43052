import { test } from 'vitest';
import { prepareRestore } from '../../../src/store/sqlite/restore.ts';
import { expectLinksToEnd } from '../contract/restored-links.ts';
import { onSqlite } from '../sqlite/on-sqlite.ts';

test('links and results of before a restore have ended for good, and later ones work', () =>
  onSqlite((bench, database) =>
    expectLinksToEnd(bench, () =>
      prepareRestore({ path: database.path, accept: () => {}, clock: () => bench.now }),
    ),
  ));
