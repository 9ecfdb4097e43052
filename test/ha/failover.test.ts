/**
 * The deployment of docs/operating/high-availability.md, brought up from its own configuration files, loses a Kanda
 * node, the primary's PostgreSQL, and the primary's whole host, under load, while the clocks of its nodes differ. The
 * short form of `npm run ha`. Seen to fail without its guard: with `npm run ha -- --asynchronous --faults lag` commits
 * wait for no standby.
 */
import { expect, test } from 'vitest';
import { findLibfaketime } from '../support/movable-clock.ts';
import { Random } from '../support/random.ts';
import { runCampaign } from './campaign.ts';
import { FAULTS } from './faults.ts';
import { findPrograms } from './programs.ts';

const SHORT = ['node', 'postgres', 'host'];
/** A take-over takes Patroni's `ttl`; a busy machine takes its time for all the rest. */
const WITHIN_MS = 400_000;
/** More than a take-over of this deployment takes on a busy machine, and far less than an operator's. */
const MAX_OUTAGE_SECONDS = 60;

/** Each node's clock is far off in one fault at least, and right when it has to serve while the other is killed. */
const SEED = 3;

const programs = findPrograms();

test.skipIf(programs === null)(
  'nothing that was acknowledged is lost or done twice when a node, the database, or its host is killed',
  async () => {
    if (programs === null) return;
    const { results, figures, violations } = await runCampaign({
      programs,
      faults: FAULTS.filter(({ name }) => SHORT.includes(name)),
      // Without libfaketime the clocks stay as they are, which is said.
      libfaketime: findLibfaketime(),
      clocks: new Random(SEED),
      say: (line) => console.log(line),
    });
    expect(violations).toEqual([]);
    expect(results.map(({ fault }) => fault.name).sort()).toEqual([...SHORT].sort());
    for (const { outageSeconds, fault } of results) {
      expect(outageSeconds, fault.title).toBeLessThan(MAX_OUTAGE_SECONDS);
    }
    // Without enough of each there was no load, and nothing was proved.
    expect(figures.enrolled).toBeGreaterThan(50);
    expect(figures.accepted).toBeGreaterThan(100);
    expect(figures.refused).toBeGreaterThan(200);
    expect(figures.reads).toBeGreaterThan(200);
  },
  WITHIN_MS,
);
