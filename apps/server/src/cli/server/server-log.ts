import { type Logger, pino } from 'pino';
import { BACK_IT_UP, newMasterKeyText, type Operator } from '../../compose/operator.ts';
import type { Telemetry } from '../../observability/telemetry/telemetry.ts';
import { readableLine } from '../lib/terminal.ts';

const STANDARD_OUTPUT = 1;

/**
 * What a server logs: sentences for a person at a terminal, lines of JSON for a collector.
 *
 * Lines are written off the main thread, those that come meanwhile with the next write: a line a request would
 * otherwise hold up each of them. What is not yet written at the end of the process is written then.
 *
 * @param to the number of the open file that gets it
 */
export function loggerFor(level: string, telemetry: Telemetry | null, to = STANDARD_OUTPUT): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const written =
    process.stdout.isTTY && to === STANDARD_OUTPUT
      ? { write: (line: string) => process.stdout.write(readableLine(line)) }
      : pino.destination({ dest: to, sync: false });
  if (telemetry === null) return pino(options, written);
  const streams = [written, telemetry.logs].map((stream) => ({ stream, level: 'trace' as const }));
  return pino(options, pino.multistream(streams));
}

/** The operator who reads this log. */
export function toOperator(logger: Logger): Operator {
  return {
    onNotice: (message) => logger.warn(message),
    newMasterKey(file) {
      if (process.stdout.isTTY) process.stdout.write(`${newMasterKeyText(file)}\n\n`);
      else logger.warn({ file }, `A new master key was made. ${BACK_IT_UP}`);
    },
  };
}
