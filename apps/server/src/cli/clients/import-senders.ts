import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInstallation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import type { ImportedRecord } from '../../domain/clients/imports.ts';
import type { Secret } from '../../domain/secret.ts';
import { assertScannable } from '../../http/routes/clients/qr.ts';
import { byOperator } from '../accounts/account.ts';

export interface Batch {
  readonly records: readonly object[];
  readonly onConflict: 'skip' | 'replace';
  readonly allowShortSecrets: boolean;
  readonly dryRun: boolean;
}

/** Has a batch imported: by a server, or by the store itself. */
export interface Sender {
  send(batch: Batch): Promise<readonly ImportedRecord[]>;
  close(): Promise<void>;
}

const TRIES = 20;
const MAX_PAUSE_MS = 10_000;
const ANSWER_WITHIN_MS = 30_000;

/** By `POST /api/totp/import`. A batch whose answer was lost is sent again with its Idempotency-Key. */
export function serverSender(url: string, apiKey: Secret<string>): Sender {
  /** Whether it has answered before. One that has is waited for when it is started again in the middle of a file. */
  let wasThere = false;
  return {
    async send(batch) {
      const headers = {
        authorization: `Bearer ${apiKey.reveal()}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      };
      const request = { method: 'POST', headers, body: JSON.stringify(batch) };
      for (let tries = 1; ; tries++) {
        const answer = await post(`${url}/api/totp/import`, request, tries, wasThere);
        if (answer === null) continue;
        wasThere = true;
        return answer;
      }
    },
    async close() {},
  };
}

/** null: it may succeed when it is sent again, and the time for that has come. */
async function post(
  url: string,
  request: RequestInit,
  tries: number,
  wasThere: boolean,
): Promise<readonly ImportedRecord[] | null> {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch (cause) {
    if (tries < TRIES && (tries > 1 || wasThere)) {
      await sleep(Math.min(500 * tries, MAX_PAUSE_MS));
      return null;
    }
    if (tries === 1 && isReset(cause)) return null;
    const reason = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
    throw new Error(`No server answers at ${new URL(url).origin} (${reason}). Name it with --url.`, {
      cause,
    });
  }
  if ([409, 429, 503].includes(response.status) && tries < TRIES) {
    await response.body?.cancel();
    await sleep(Math.min(1_000 * Number(response.headers.get('retry-after') ?? 1), MAX_PAUSE_MS));
    return null;
  }
  const body = (await response.json().catch(() => ({}))) as { results?: ImportedRecord[]; detail?: string };
  if (response.ok && body.results !== undefined) return body.results;
  throw new Error(`${body.detail ?? 'The server has refused the import'} (HTTP ${response.status})`);
}

/** The connection broke after it stood: the batch may have arrived. */
function isReset(cause: unknown): boolean {
  const { code } = ((cause as Error).cause ?? {}) as { code?: string };
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET';
}

/** Into the store of these settings, beside a server that may run. @throws when there is no such account */
export async function storeSender(config: Config, email: string): Promise<Sender> {
  const { store, imports, clock, close } = await openInstallation(config);
  const account = await store.findAccountByEmail(email);
  if (account === null) {
    await close();
    throw new Error(`There is no account with the address ${email}. List them: kanda account list`);
  }
  return {
    send: (batch) => imports.import({ account, ...batch }, byOperator(clock), assertScannable),
    close,
  };
}
