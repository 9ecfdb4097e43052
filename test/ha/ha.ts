/**
 * `npm run ha`: the deployment of docs/operating/high-availability.md on this machine, with every fault that the page
 * tells of, under load.
 *
 *   --kills N      primary kills, each way in turn (10)
 *   --faults LIST  the other faults, of node, lag, switchover, etcd, quorum, disk, clock (all); `none`: no other
 *   --timing T/L/R Patroni's ttl, loop_wait and retry_timeout in place of deploy/ha/patroni.yml's
 *   --workers N    callers at once (16)
 *   --right-clocks the clocks of the nodes do not differ; without it they do, in another way in each fault
 *   --seed N       chooses how (1)
 *   --asynchronous commits wait for no standby: `lag` then loses some, and the proof finds them
 *   --keep         leaves folder and logs behind
 */
import { parseArgs } from 'node:util';
import { findLibfaketime } from '../support/movable-clock.ts';
import { Random } from '../support/random.ts';
import { runCampaign } from './campaign.ts';
import { OTHER_FAULTS, PRIMARY_KILLS } from './faults.ts';
import { findPrograms } from './programs.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    faults: { type: 'string', default: OTHER_FAULTS.map(({ name }) => name).join(',') },
    timing: { type: 'string' },
    workers: { type: 'string', default: '16' },
    'right-clocks': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    asynchronous: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const programs = findPrograms();
if (programs === null) {
  process.exitCode = 1;
} else {
  const kills = Array.from({ length: Number(values.kills) }, (_, index) => {
    const kill = PRIMARY_KILLS[index % PRIMARY_KILLS.length];
    if (kill === undefined) throw new Error('there is no way of killing a primary');
    return kill;
  });
  const wanted = values.faults === 'none' ? [] : values.faults.split(',');
  const unknown = wanted.find((name) => OTHER_FAULTS.every((fault) => fault.name !== name));
  if (unknown !== undefined) throw new Error(`--faults: there is no ${unknown}`);
  const [ttl, loopWait, retryTimeout] = values.timing?.split('/').map(Number) ?? [];
  const { results, figures, violations } = await runCampaign({
    programs,
    faults: [...OTHER_FAULTS.filter(({ name }) => wanted.includes(name)), ...kills],
    ...(ttl === undefined || loopWait === undefined || retryTimeout === undefined
      ? {}
      : { timing: { ttl, loopWait, retryTimeout } }),
    asynchronous: values.asynchronous,
    workers: Number(values.workers),
    clocks: values['right-clocks'] ? null : new Random(Number(values.seed)),
    libfaketime: findLibfaketime(),
    keep: values.keep,
    say: (line) => console.log(line),
  });
  console.log(`\n${JSON.stringify(figures)}`);
  for (const [title, group] of Map.groupBy(results, ({ fault }) => fault.title)) {
    const times = group.map(({ outageSeconds }) => outageSeconds);
    const [least, most] = [Math.min(...times), Math.max(...times)].map((time) => time.toFixed(1));
    console.log(`| ${title} | ${group.length} | ${least === most ? least : `${least}–${most}`} |`);
  }
  for (const violation of violations.slice(0, 20)) console.error(`VIOLATION: ${violation}`);
  console.log(
    `${results.length} faults, ${violations.length} violations: nothing acknowledged ${violations.length === 0 ? 'was lost or done twice' : 'may be lost or done twice'}.`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
}
