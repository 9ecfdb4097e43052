/** A log with a tree behind it, in a real store with real keys, and what someone with its file may do to it. */

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Checkpoint, parseCheckpoint } from '@kanda/tlog';
import { LogKeeper } from '../../src/background/log-keeper.ts';
import { type LogKeeperParts, noFigures } from '../../src/background/log-keeper-parts.ts';
import type { CheckpointSink } from '../../src/background/sinks.ts';
import { verifyStoredLog } from '../../src/cli/log/verify-store.ts';
import { trustedKeys } from '../../src/cli/log/witnesses.ts';
import { type Installation, openInstallation } from '../../src/compose/installation.ts';
import { DATABASE_FILE } from '../../src/compose/open-store.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Account } from '../../src/domain/accounts/account.ts';
import type { EventType } from '../../src/domain/log/events.ts';
import { originOf } from '../../src/domain/log/origin.ts';
import type { LogFigures } from '../../src/domain/log/ports.ts';
import type { VerifiedLog } from '../../src/domain/log/verify-log.ts';
import { Secret } from '../../src/domain/secret.ts';
import { LogReader } from '../../src/store/sqlite/log-reader.ts';

export const START = Date.UTC(2026, 0, 31, 9, 30, 15);
export const DAY_MS = 86_400_000;
export const MINUTE = 60_000;
/** Argon2id as everywhere, at a cost that no test here is about. */
const LITTLE_WORK = { memory: 64, passes: 1, parallelism: 1 };
const ORIGIN = { actor: 'cli', ip: '192.0.2.1', userAgent: 'audit/1', requestId: null };

export class AuditedLog {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'kanda-audit-'));
  readonly logged: { readonly fields: object; readonly message: string }[] = [];
  readonly figures: LogFigures = noFigures();
  sink: CheckpointSink | null = null;
  retentionDays: number | null = null;
  now = START;
  #installation: Installation | null = null;
  #account: Account | null = null;

  /** With an account, whose log has one event. */
  static async open(settings: { retentionDays?: number } = {}): Promise<AuditedLog> {
    const log = new AuditedLog();
    log.retentionDays = settings.retentionDays ?? null;
    await log.start();
    log.#account = await log.installation.accounts.register(
      { email: 'ada@example.com', password: new Secret('seven quiet herons over the pond') },
      { at: log.now, origin: ORIGIN },
    );
    return log;
  }

  get installation(): Installation {
    if (this.#installation === null) throw new Error('the store is closed');
    return this.#installation;
  }

  get account(): Account {
    if (this.#account === null) throw new Error('there is no account yet');
    return this.#account;
  }

  get file(): string {
    return join(this.dataDir, DATABASE_FILE);
  }

  get origin(): string {
    return originOf(this.account.publicId);
  }

  get verifierKey(): string {
    return this.installation.auditLog.verifierKey({ publicId: null });
  }

  async start(): Promise<void> {
    const config = { ...loadConfig({}, { 'data-dir': this.dataDir }), logRetentionDays: this.retentionDays };
    this.#installation = await openInstallation(config, () => this.now, undefined, LITTLE_WORK);
  }

  async stop(): Promise<void> {
    await this.#installation?.close();
    this.#installation = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  keeper(
    installation = this.installation,
    settings: Pick<LogKeeperParts, 'finishWithinMs' | 'uptime'> = {},
  ): LogKeeper {
    const log = (fields: object, message: string) => void this.logged.push({ fields, message });
    return new LogKeeper({
      store: installation.store,
      trees: installation.logTrees,
      sink: this.sink,
      log: { info: log, error: log },
      figures: this.figures,
      ...settings,
    });
  }

  /** `count` more events, about clients by turns. */
  async record(count: number, event: EventType = 'totp.validated'): Promise<void> {
    for (let made = 0; made < count; made += 500) {
      const batch = Array.from({ length: Math.min(500, count - made) }, (_, at) =>
        this.installation.store.recordEvent(this.account.id, {
          event,
          outcome: 'failure',
          reason: 'client_not_found',
          clientId: `client-${(made + at) % 3}`,
          at: this.now,
          origin: { ...ORIGIN, requestId: `req_${made + at}` },
        }),
      );
      await Promise.all(batch);
    }
  }

  /** Puts all events into the tree and signs it, whether a checkpoint is due or not. */
  async checkpoint(): Promise<Checkpoint> {
    await this.keeper().sequence({ evenIfNotDue: true });
    return this.newest();
  }

  async newest(): Promise<Checkpoint> {
    const { note } = await this.installation.auditLog.checkpoint(this.account);
    return parseCheckpoint(note).checkpoint;
  }

  async newestNote(): Promise<string> {
    return (await this.installation.auditLog.checkpoint(this.account)).note;
  }

  /** Runs statements behind the store's back. */
  tamper(sql: string): void {
    const sqlite = new DatabaseSync(this.file);
    try {
      sqlite.exec('pragma busy_timeout = 5000');
      sqlite.exec(sql);
    } finally {
      sqlite.close();
    }
  }

  /** One value of one row, as it is in the file. */
  read(sql: string): unknown {
    const sqlite = new DatabaseSync(this.file, { readOnly: true });
    try {
      return Object.values(sqlite.prepare(sql).get() as object)[0];
    } finally {
      sqlite.close();
    }
  }

  /** What verifying finds, against these checkpoints and those in the store. */
  verify(kept: readonly Checkpoint[], { withKey = true } = {}): VerifiedLog {
    const reader = new LogReader(this.file);
    try {
      const place = reader.logs().find(({ accountId }) => accountId === this.account.id);
      if (place === undefined) throw new Error('the store has no such log');
      return verifyStoredLog({
        reader,
        place,
        origin: this.origin,
        kept: kept.map((checkpoint) => ({ ...checkpoint, kept: true })),
        keys: withKey ? trustedKeys([this.verifierKey]) : [],
        retentionMs: this.retentionDays === null ? null : this.retentionDays * DAY_MS,
        now: this.now,
        onProgress: () => {},
      });
    } finally {
      reader.close();
    }
  }

  /** A file in the data directory, such as a checkpoint that was kept. */
  write(name: string, text: string): string {
    const path = join(this.dataDir, name);
    writeFileSync(path, text);
    return path;
  }

  /** The store as it is now, to be put back. */
  async save(): Promise<void> {
    this.tamper('pragma wal_checkpoint(truncate)');
    copyFileSync(this.file, `${this.file}.saved`);
  }

  async restore(): Promise<void> {
    await this.stop();
    rmSync(`${this.file}-wal`, { force: true });
    rmSync(`${this.file}-shm`, { force: true });
    copyFileSync(`${this.file}.saved`, this.file);
    await this.start();
  }
}
