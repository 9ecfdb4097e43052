import { describe, expect, test } from 'vitest';
import { figuresIn } from '../../../src/domain/operator/figures.ts';
import {
  backupFindings,
  diskFinding,
  runningFindings,
  storeFinding,
} from '../../../src/domain/operator/server-findings.ts';

const NOW = Date.UTC(2027, 0, 10, 12);
const HOUR = 3_600_000;
const figures = (...lines: string[]) => figuresIn(`${lines.join('\n')}\n`);
const running = (...lines: string[]) => runningFindings(figures(...lines), NOW);
const levels = (...lines: string[]) =>
  Object.fromEntries(running(...lines).map(({ check, level }) => [check, level]));

test('figures are read from what Prometheus scrapes', () => {
  const text =
    '# HELP kanda_x Text 1\n# TYPE kanda_x gauge\nkanda_x 1.5\nkanda_y{a="b",c="d e"} 2\nkanda_z_bucket{le="1"} 3\n';
  expect([...figuresIn(text)].slice(0, 2)).toEqual([
    ['kanda_x', 1.5],
    ['kanda_y{a="b",c="d e"}', 2],
  ]);
});

describe('backups', () => {
  const backups = (lastAt: number | null, everyMs: number | null = null) =>
    backupFindings({ lastAt, everyMs }, NOW).map(({ check, level, found }) => [check, level, found]);

  test.each([
    [null, 'fine', /own tools/],
    [0, 'look', /never/],
    [NOW - 36 * HOUR, 'fine', /2027-01-09 00:00:00 UTC, 36 h ago/],
    [NOW - 36 * HOUR - 1, 'problem', /ago/],
  ])('of %s are %s', (at, level, found) => {
    expect(backups(at)).toEqual([['Last backup', level, expect.stringMatching(found)]]);
  });

  test('are expected again after as long as between the last two', () => {
    expect(backups(NOW - 2 * HOUR, 24 * HOUR)[1]).toEqual([
      'Next backup',
      'fine',
      'expected at 2027-01-11 10:00:00 UTC, as the last two were 24 h apart',
    ]);
    const overdue = ['Next backup', 'look', expect.stringContaining('overdue')];
    expect(backups(NOW - 28 * HOUR, 13 * HOUR)[1]).toEqual(overdue);
    expect(backups(NOW - 27 * HOUR, 4 * HOUR)[1]).toEqual(overdue);
  });

  // Seen to fail: a backup by hand after the nightly one was overdue before the next night.
  test('by hand tell no rhythm', () => {
    expect(backups(NOW - 20 * HOUR, HOUR / 12)).toHaveLength(1);
    expect(backups(NOW - 20 * HOUR, HOUR - 1)).toHaveLength(1);
    expect(backups(NOW - 20 * HOUR, 3 * HOUR).map(([, level]) => level)).toEqual(['fine', 'fine']);
  });
});

describe('disk and store', () => {
  test.each([
    [99, 'problem'],
    [199, 'look'],
    [200, 'fine'],
  ])('with %i of 100 bytes that are kept: %s', (free, level) => {
    const found = diskFinding(figures(`kanda_disk_free_bytes ${free}`, 'kanda_disk_reserve_bytes 100'));
    expect(found).toMatchObject([{ check: 'Disk space', level }]);
  });

  test('of PostgreSQL', () => {
    expect(diskFinding(figures())).toEqual([]);
    expect(storeFinding(figures('kanda_database_bytes 1048576')).found).toBe('PostgreSQL, 1.0 MiB');
    expect(storeFinding(figures()).level).toBe('look');
  });
});

describe('a running server', () => {
  test('with workers, one of which does not answer', () => {
    const up = ['kanda_worker_up{worker="1"} 1', 'kanda_worker_up{worker="2"} 0'];
    expect(levels(...up).Workers).toBe('problem');
    expect(running(...up)[0]?.found).toBe('1 of 2 processes answer');
    expect(levels(up[0] as string, 'kanda_worker_up{worker="2"} 1').Workers).toBe('fine');
    expect(levels(up[0] as string, 'kanda_worker_restarts_total 3').Workers).toBe('look');
  });

  test.each([
    ['1.9', 'fine'],
    ['-2.1', 'look'],
    ['16', 'problem'],
  ])('whose clock is %s s ahead of the database and the sink: %s', (ahead, level) => {
    expect(
      levels(`kanda_clock_ahead_of_database_seconds ${ahead}`, `kanda_clock_ahead_of_sink_seconds ${ahead}`),
    ).toMatchObject({ 'Clock and database': level, 'Clock and sink': level });
  });

  test('whose clock is wrong by codes', () => {
    expect(levels('kanda_clock_drift_seconds{server="behind"} 0')).toMatchObject({
      'Codes and clock': 'fine',
    });
    expect(running('kanda_clock_drift_seconds{server="behind"} 120')[0]?.found).toMatch(/120 s behind/);
  });

  test('whose checkpoints do not leave', () => {
    const base = ['kanda_log_damaged 0', 'kanda_log_checkpoints_total 4'];
    const last = (at: number) => `kanda_log_last_checkpoint_sent_timestamp_seconds ${at / 1000}`;
    const failures = 'kanda_log_checkpoint_send_failures_total 2';
    expect(levels(...base).Checkpoints).toBe('fine');
    expect(levels(...base, last(0)).Checkpoints).toBe('fine');
    expect(levels(...base, last(0), failures).Checkpoints).toBe('problem');
    expect(
      levels(...base, last(NOW - HOUR), 'kanda_log_checkpoints_sent_total 4', failures).Checkpoints,
    ).toBe('fine');
    expect(
      levels(...base, last(NOW - HOUR - 1_000), 'kanda_log_checkpoints_sent_total 4', failures).Checkpoints,
    ).toBe('problem');
  });

  test('with an old key, secrets that do not open, a damaged log, and webhooks that fail', () => {
    expect(
      levels(
        `kanda_master_key_age_seconds ${2 * 365 * 86_400 + 1}`,
        'kanda_secrets_unreadable_total 1',
        'kanda_log_damaged 1',
        'kanda_webhooks_failing 1',
      ),
    ).toMatchObject({ 'Master key age': 'look', Secrets: 'problem', Log: 'problem', Webhooks: 'look' });
    expect(levels('kanda_webhooks_failing 0', 'kanda_webhook_lag_seconds 3601').Webhooks).toBe('look');
    expect(levels('kanda_webhooks_failing 0').Webhooks).toBe('fine');
  });
});
