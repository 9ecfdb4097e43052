import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { readBuiltSite, readErrorPages } from '../../compose/installation.ts';
import { openToServe } from '../../compose/upgrade.ts';
import { witnessClients } from '../../compose/witness-clients.ts';
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../domain/store.ts';
import { createApp } from '../../http/server/app.ts';
import type { Log } from '../../http/server/types.ts';
import { registrationNotice, type Welcome, welcomeText } from '../lib/terminal.ts';
import { assertPortFree, listenError, type StartedWith } from './port.ts';
import { loggerFor, toOperator } from './server-log.ts';
import { stopSignal } from './stop-signal.ts';
import { workBehind } from './work-behind.ts';
import { joinWorkers } from './worker-figures.ts';

/** How long a stop waits for calls in flight before it ends their connections. */
const STOP_WITHIN_MS = 10_000;

/** What is said, and where, by a server that is not an operator's. */
export interface ServeHow {
  /** Says where it listens. */
  readonly announce?: (welcome: Welcome, logger: Logger) => void;
  /** The number of the open file that gets the log; standard output unless said otherwise. */
  readonly logTo?: number;
}

/**
 * Serves until SIGTERM or SIGINT, then lets what is in flight finish and its answers be sent.
 * Resolves when everything is closed.
 */
export async function serve(
  config: Config,
  version: string,
  startedWith: StartedWith,
  { announce = tellWelcome, logTo }: ServeHow = {},
): Promise<void> {
  // Workers' leader has looked already, and they share what it listens on.
  if (!cluster.isWorker) await assertPortFree(config, startedWith);
  const telemetry = await telemetryFor(config, version);
  const logger = loggerFor(config.logLevel, telemetry, logTo);
  telemetry?.sendNoticesTo((fields, message) => logger.warn(fields, message));
  const witnesses = witnessClients(config.checkpointWitnesses);
  const installation = await openToServe(config, toOperator(logger));
  const { masterKey: _, logTrees: __, webhookSender: ___, seen, close, ...services } = installation;
  const log = logFor(logger, config.logRequests);
  if (telemetry !== null) telemetry.follow(services.store.figures);
  let stopping = false;
  const work = workBehind(config, installation, witnesses, log);
  const site = config.web === 'off' ? 'switched off' : (readBuiltSite() ?? 'not built');
  const app = await createApp(services, {
    log,
    logFigures: work.logFigures,
    webhookFigures: work.webhookFigures,
    feedFigures: work.feedFigures,
    trustedProxies: config.trustedProxies,
    rateLimit: config.rateLimit,
    callDeadlineMs: config.callDeadlineSeconds * 1000,
    publicUrl: config.publicUrl,
    bootId: randomBytes(4).toString('hex'),
    errorPages: readErrorPages(),
    site,
    securityContact: config.securityContact,
    version,
    tracing: telemetry,
    workers: joinWorkers(),
    stopping: () => stopping,
    lostStore: () => seen.lost,
  });
  // Before anyone can know that it listens: a signal without a handler would end the process at once.
  const stopped = stopSignal((message) => logger.warn(message));
  let hasAccounts: boolean;
  try {
    hasAccounts = (await services.store.countAccounts()) > 0;
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await close();
    throw await listenError(error, config, startedWith);
  }

  work.start((message) => logger.warn(message));
  services.disk.start(log);
  void lookOnce(services.store, logger);
  const welcome: Welcome = {
    version,
    url: urlOf(app.server.address()),
    hasSite: typeof site !== 'string',
    registration: services.registration.mode,
    hasAccounts,
  };
  announce(welcome, logger);

  const signal = await stopped;
  stopping = true;
  if (config.drainSeconds > 0) {
    logger.info(
      { signal, seconds: config.drainSeconds },
      'Draining: /readyz answers 503, and calls are still served',
    );
    await sleep(config.drainSeconds * 1000);
  }
  logger.info({ signal }, 'Stopping: calls in flight are finished first');
  const impatient = setTimeout(() => app.server.closeAllConnections(), STOP_WITHIN_MS);
  await app.close();
  clearTimeout(impatient);
  await work.stop();
  await close();
  logger.info('Stopped');
  await telemetry?.stop();
}

/** Without traces nothing is loaded for them. */
async function telemetryFor(config: Config, version: string) {
  if (config.otlpEndpoint === null) return null;
  const { telemetryOf } = await import('./serve-telemetry.ts');
  return telemetryOf(config, config.otlpEndpoint, version);
}

function tellWelcome(welcome: Welcome, logger: Logger): void {
  if (process.stdout.isTTY) process.stdout.write(welcomeText(welcome));
  else logWelcome(logger, welcome);
}

function logWelcome(logger: Logger, welcome: Welcome): void {
  const { url, hasAccounts } = welcome;
  logger.info({ url }, `Kanda listens on ${url}`);
  const notice = registrationNotice(welcome);
  if (notice !== null) logger.info(notice);
  if (!hasAccounts) {
    logger.info(
      'There is no account yet. Make one with POST /api/auth/register, or with: kanda account create',
    );
  }
}

function logFor(logger: Logger, oneIn: number | null): Log {
  return {
    requests: logger.isLevelEnabled('info'),
    oneIn,
    info: (fields, message) => logger.info(fields, message),
    error: (fields, message) => {
      const { cause, ...rest } = fields as { cause?: unknown };
      logger.error(cause === undefined ? rest : { ...rest, err: cause }, message);
    },
  };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/**
 * Looks once whether a clock that was ahead has left authenticators that refuse every code, and how many keys need a
 * look; the upkeep counts these again.
 */
async function lookOnce(store: Store, logger: Logger): Promise<void> {
  const keys = await store.countKeys(Date.now()).catch(() => null);
  if (store.figures !== undefined) store.figures.apiKeys = keys;
  // A store that cannot be read now is reported by whatever asks it next.
  const count = await store.countClocksAhead(Date.now()).catch(() => 0);
  if (store.figures !== undefined) store.figures.clocksAhead = count;
  if (count === 0) return;
  logger.warn(
    { clients: count },
    "Some authenticators refuse every code: this machine's clock was ahead when a code was accepted, or a backup was restored. After a restore this ends within minutes; if the clock was ahead then, set it and restore again. Otherwise, if the clock is right now: kanda client unlock --reset-clock <user>",
  );
}
