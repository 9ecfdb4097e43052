import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { formatCount, formatSpan, formatTime } from '../lib/format.ts';
import { type Finding, fine, look, problem } from './finding.ts';

/** This version did not exist before; a clock that says so is wrong. */
const NOT_BEFORE = Date.UTC(2026, 0, 1);
/** Codes of one step before and after are accepted, so half a period is where users begin to notice. */
const BEHIND_MS = 5_000;
const SYNCHRONIZED = '/run/systemd/timesync/synchronized';
const KEEP_IN_STEP =
  'Codes depend on the time. Keep the clock in step by NTP: timedatectl set-ntp true, or chrony.';

/** Whether this machine's clock can be right, and whether anything keeps it right. */
export function checkClock(
  now: number,
  facts: Pick<StoreFacts, 'newestEventAt' | 'clocksAhead'> | null,
): Finding[] {
  return [
    timeFinding(now, facts?.newestEventAt ?? null),
    ...aheadFinding(facts?.clocksAhead ?? 0),
    ntpFinding(),
  ];
}

function timeFinding(now: number, newestEventAt: number | null): Finding {
  if (now < NOT_BEFORE) {
    return problem('Clock', `${formatTime(now)} lies before this version of Kanda`, KEEP_IN_STEP);
  }
  if (newestEventAt !== null && newestEventAt - now > BEHIND_MS) {
    return problem(
      'Clock',
      `${formatTime(now)} is ${formatSpan(newestEventAt - now)} behind the newest event in the store (${formatTime(newestEventAt)})`,
      `The clock is slow now, or was fast then. ${KEEP_IN_STEP}`,
    );
  }
  const newest =
    newestEventAt === null ? '' : `, ${formatSpan(Math.max(0, now - newestEventAt))} after the newest event`;
  return fine('Clock', `${formatTime(now)}${newest}`);
}

function aheadFinding(count: number): Finding[] {
  if (count === 0) return [];
  return [
    look(
      'Codes ahead',
      `${formatCount(count, 'authenticator')} ${count === 1 ? 'refuses' : 'refuse'} every code: the clock was ahead when a code was accepted, or a backup was restored`,
      'After a restore this ends by itself within minutes; if the clock was ahead then, set it and restore again. Otherwise, if the clock is right now: kanda client unlock --reset-clock <user>',
    ),
  ];
}

/** systemd-timesyncd leaves a file; `timedatectl` asks the kernel, whichever daemon steers it. */
function ntpFinding(): Finding {
  if (existsSync(SYNCHRONIZED)) return fine('Time service', 'synchronised (systemd-timesyncd)');
  const { stdout, status } = spawnSync('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    encoding: 'utf8',
    timeout: 2_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status === 0 && stdout.trim() === 'yes') return fine('Time service', 'synchronised (timedatectl)');
  if (status === 0 && stdout.trim() === 'no') {
    return look('Time service', 'the clock is not synchronised (timedatectl)', KEEP_IN_STEP);
  }
  return look(
    'Time service',
    'whether the clock is kept in step cannot be seen from here',
    'Compare it with a clock that you trust. In a container the host keeps the time.',
  );
}
