import { type Figures, figureOf, samplesOf } from './figures.ts';
import { type Finding, fine, look, problem } from './finding.ts';
import { formatBytes, formatCount, formatSpan, formatTime } from './words.ts';

const KEEP_IN_STEP = 'Have NTP keep the clocks in step: timedatectl set-ntp true, or chrony.';
/** As the alert KandaBackupTooOld. */
const BACKUP_TOO_OLD_MS = 36 * 3_600_000;
/** Two backups that are closer tell no timer: one of them was made by hand. */
const SHORTEST_RHYTHM_MS = 3_600_000;
/** Within a day and a bit none is overdue: the last two may be a nightly one, and one by hand some hours later. */
const OVERDUE_AFTER_MS = 26 * 3_600_000;
const CLOCKS_DIFFER_SECONDS = 2;
const CLOCKS_FAR_APART_SECONDS = 15;
/** As the alert KandaMasterKeyOld. */
const KEY_OLD_SECONDS = 2 * 365 * 86_400;
/** As the alerts KandaCheckpointTooOld and KandaWebhooksLag. */
const TOO_LATE_SECONDS = 3_600;

/**
 * What a running server says of itself, as `kanda doctor` and the operator's page show it.
 *
 * @param now ms since the epoch
 */
export function runningFindings(figures: Figures, now: number): Finding[] {
  return [
    ...workers(figures),
    ...clocks(figures),
    ...masterKey(figures, now),
    ...log(figures),
    ...checkpoints(figures, now),
    ...webhooks(figures),
  ];
}

/** How large the store is. */
export function storeFinding(figures: Figures): Finding {
  const file = figureOf(figures, 'kanda_store_bytes');
  const database = figureOf(figures, 'kanda_database_bytes');
  if (file !== null) return fine('Store', `SQLite, ${formatBytes(file)} with its write-ahead log`);
  if (database !== null) return fine('Store', `PostgreSQL, ${formatBytes(database)}`);
  return look('Store', 'its size is not known yet', 'Reload in a minute. If it stays so: kanda doctor');
}

/** The room on the disk of a SQLite store; none elsewhere. */
export function diskFinding(figures: Figures): Finding[] {
  const free = figureOf(figures, 'kanda_disk_free_bytes');
  const reserve = figureOf(figures, 'kanda_disk_reserve_bytes');
  if (free === null || reserve === null) return [];
  const found = `${formatBytes(free)} free; ${formatBytes(reserve)} are kept for checking codes`;
  if (free < reserve) {
    return [
      problem(
        'Disk space',
        found,
        'Make room, or set KANDA_LOG_RETENTION. Until then sign-ups, enrolments and new API keys are refused.',
      ),
    ];
  }
  return free < 2 * reserve
    ? [look('Disk space', found, 'Make room before it fills up, or set KANDA_LOG_RETENTION.')]
    : [fine('Disk space', found)];
}

/** What is known of `kanda backup`. */
export interface KnownBackups {
  /** When it last succeeded, ms since the epoch; 0: never; null: the store is not backed up by it. */
  readonly lastAt: number | null;
  /** Between the last two, ms; null: there were not two. */
  readonly everyMs: number | null;
}

export function backupFindings({ lastAt, everyMs }: KnownBackups, now: number): Finding[] {
  if (lastAt === null)
    return [fine('Last backup', "not known here: PostgreSQL is backed up with the database's own tools")];
  const timer = 'Set up kanda-backup.timer (docs/operating/backup.md), or run: kanda backup --keep 14 FOLDER';
  if (lastAt === 0)
    return [look('Last backup', 'never, as far as the data directory says', `${timer}. Then copy it away.`)];
  const found = `${formatTime(lastAt)}, ${formatSpan(Math.max(0, now - lastAt))} ago`;
  const last =
    now - lastAt > BACKUP_TOO_OLD_MS
      ? problem(
          'Last backup',
          found,
          `Look at the timer that makes it: systemctl status kanda-backup. ${timer}`,
        )
      : fine('Last backup', found);
  return everyMs === null || everyMs < SHORTEST_RHYTHM_MS ? [last] : [last, nextBackup(lastAt, everyMs, now)];
}

/** The server knows no timer: the next one is expected as long after the last one as that was after the one before. */
function nextBackup(lastAt: number, everyMs: number, now: number): Finding {
  const found = `expected at ${formatTime(lastAt + everyMs)}, as the last two were ${formatSpan(everyMs)} apart`;
  return now - lastAt > Math.max(2 * everyMs, OVERDUE_AFTER_MS)
    ? look('Next backup', `${found}; it is overdue`, 'Look at its timer: systemctl list-timers kanda-backup')
    : fine('Next backup', found);
}

function workers(figures: Figures): Finding[] {
  const up = samplesOf(figures, 'kanda_worker_up');
  if (up.length === 0) return [];
  const answering = up.filter((one) => one === 1).length;
  const restarts = figureOf(figures, 'kanda_worker_restarts_total') ?? 0;
  const words = up.length === 1 ? 'one process' : `${answering} of ${up.length} processes answer`;
  if (answering < up.length)
    return [problem('Workers', words, 'Look at the log\'s "A worker ended", and at the processor time.')];
  return restarts > 0
    ? [
        look(
          'Workers',
          `${words}; ${restarts} were replaced since the start`,
          'The log\'s "A worker ended" says why. SIGKILL most often means that memory ran out.',
        ),
      ]
    : [fine('Workers', words)];
}

function clocks(figures: Figures): Finding[] {
  const database = figures.get('kanda_clock_ahead_of_database_seconds');
  const sink = figures.get('kanda_clock_ahead_of_sink_seconds');
  const ahead = figures.get('kanda_clock_drift_seconds{server="ahead"}') ?? 0;
  const behind = figures.get('kanda_clock_drift_seconds{server="behind"}') ?? 0;
  const drift = Math.max(ahead, behind);
  return [
    ...(database === undefined ? [] : [compared('Clock and database', "the database's", database)]),
    ...(sink === undefined ? [] : [compared('Clock and sink', "the checkpoint sink's", sink)]),
    drift === 0
      ? fine('Codes and clock', "users' codes fit this server's clock")
      : problem(
          'Codes and clock',
          `this server's clock looks about ${drift} s ${ahead > 0 ? 'ahead' : 'behind'}: right codes of several users are refused`,
          `Compare it with a clock that you trust. ${KEEP_IN_STEP}`,
        ),
  ];
}

function compared(check: string, whose: string, aheadSeconds: number): Finding {
  const apart = Math.abs(aheadSeconds);
  if (apart <= CLOCKS_DIFFER_SECONDS) return fine(check, `in step with ${whose}`);
  const found = `${apart.toFixed(1)} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} ${whose}`;
  return apart > CLOCKS_FAR_APART_SECONDS
    ? problem(check, found, KEEP_IN_STEP)
    : look(check, found, KEEP_IN_STEP);
}

function masterKey(figures: Figures, now: number): Finding[] {
  const age = figureOf(figures, 'kanda_master_key_age_seconds');
  const unreadable = figureOf(figures, 'kanda_secrets_unreadable_total') ?? 0;
  const findings: Finding[] = [];
  if (age !== null) {
    const found = `in use for ${formatSpan(age * 1000)}, since ${formatTime(now - age * 1000)}`;
    findings.push(
      age > KEY_OLD_SECONDS
        ? look('Master key age', found, 'Rotate it while the server runs: kanda keys rotate')
        : fine('Master key age', found),
    );
  }
  if (unreadable > 0) {
    findings.push(
      problem(
        'Secrets',
        `${formatCount(unreadable, 'call')} met a stored secret that does not open, since the start`,
        'Run kanda keys status: is a master key missing? If not, a row was changed behind Kanda: kanda audit verify',
      ),
    );
  }
  return findings;
}

function log(figures: Figures): Finding[] {
  const damaged = figureOf(figures, 'kanda_log_damaged');
  const behind = figureOf(figures, 'kanda_log_events_behind') ?? 0;
  if (damaged === null) return [];
  return [
    damaged > 0
      ? problem(
          'Log',
          `${formatCount(damaged, 'log')} ${damaged === 1 ? 'does' : 'do'} not fit the tree`,
          'Keep what you have, and run: kanda audit verify',
        )
      : fine('Log', `fits its trees; ${formatCount(behind, 'event')} to be added`),
  ];
}

function checkpoints(figures: Figures, now: number): Finding[] {
  const last = figureOf(figures, 'kanda_log_last_checkpoint_sent_timestamp_seconds');
  if (last === null) {
    return figureOf(figures, 'kanda_log_damaged') === null
      ? []
      : [fine('Checkpoints', 'kept here alone; KANDA_CHECKPOINT_SINK sends them to another machine')];
  }
  const signed = figureOf(figures, 'kanda_log_checkpoints_total') ?? 0;
  const sent = figureOf(figures, 'kanda_log_checkpoints_sent_total') ?? 0;
  const failures = figureOf(figures, 'kanda_log_checkpoint_send_failures_total') ?? 0;
  const when = last === 0 ? 'none yet since the start' : `the last at ${formatTime(last * 1000)}`;
  const found = `${sent} sent, ${when}`;
  const isLate = signed > 0 && sent === 0 && failures > 0;
  if (isLate || (last > 0 && failures > 0 && now / 1000 - last > TOO_LATE_SECONDS)) {
    return [
      problem(
        'Checkpoints',
        `${found}; sending failed ${formatCount(failures, 'time')}`,
        'Look at the sink, and at the log\'s "Checkpoints could not be sent".',
      ),
    ];
  }
  return [fine('Checkpoints', found)];
}

function webhooks(figures: Figures): Finding[] {
  const failing = figureOf(figures, 'kanda_webhooks_failing');
  if (failing === null) return [];
  const waiting = figureOf(figures, 'kanda_webhook_events_behind') ?? 0;
  const lag = figureOf(figures, 'kanda_webhook_lag_seconds') ?? 0;
  const found = `${formatCount(waiting, 'event')} waiting, ${failing} failing`;
  if (failing === 0 && lag > TOO_LATE_SECONDS) {
    return [
      look(
        'Webhooks',
        `${found}; the oldest waits for ${formatSpan(lag * 1000)}`,
        'A receiver is slower than its log grows, or the event loop is busy.',
      ),
    ];
  }
  return failing > 0
    ? [
        look(
          'Webhooks',
          found,
          'Their accounts see why. If many fail at once, look at the way from this server to the internet.',
        ),
      ]
    : [fine('Webhooks', found)];
}
