import type { Figures } from './figures.ts';
import { type Finding, fine, look } from './finding.ts';
import {
  backupFindings,
  diskFinding,
  type KnownBackups,
  runningFindings,
  storeFinding,
} from './server-findings.ts';

/** What is known of a server beside its figures. */
export interface ServerFacts {
  readonly version: string;
  /** null: not configured. */
  readonly publicUrl: string | null;
  /** Whether the request that asks came over HTTPS, as far as trusted proxies say. */
  readonly isHttps: boolean;
  /** Whether it came to a name of this machine alone. */
  readonly isLocal: boolean;
  readonly backups: KnownBackups;
  /** ms since the epoch. */
  readonly now: number;
}

/** All that the operator's page shows, in its order. */
export function serverStatus(figures: Figures, facts: ServerFacts): Finding[] {
  const { version, now, backups } = facts;
  return [
    fine('Version', `Kanda ${version}, Node ${process.versions.node}`),
    publicUrlFinding(facts.publicUrl, facts.isLocal),
    httpsFinding(facts),
    storeFinding(figures),
    ...diskFinding(figures),
    ...backupFindings(backups, now),
    ...runningFindings(figures, now),
  ];
}

/**
 * Where the world reaches the server.
 *
 * @param isLocal whether only this machine does
 */
export function publicUrlFinding(publicUrl: string | null, isLocal: boolean): Finding {
  if (publicUrl === null) {
    if (isLocal)
      return fine('Public URL', 'not set, which is right while only this machine reaches the server');
    return look(
      'Public URL',
      'not set: links in answers are relative, and receipts name no issuer that others can reach',
      'Set KANDA_PUBLIC_URL to the address that browsers use.',
    );
  }
  return publicUrl.startsWith('https:')
    ? fine('Public URL', publicUrl)
    : look('Public URL', `${publicUrl}, which is not HTTPS`, 'Put HTTPS in front of Kanda, and set it anew.');
}

function httpsFinding({ isHttps, isLocal }: ServerFacts): Finding {
  if (isHttps) return fine('HTTPS', 'this request came over HTTPS');
  return isLocal
    ? fine('HTTPS', 'not for this request, which came to this machine by its own name')
    : look(
        'HTTPS',
        'was not seen: this request came without, as far as Kanda can tell',
        'If a proxy ends HTTPS, name it in KANDA_TRUSTED_PROXIES, and have it send X-Forwarded-Proto.',
      );
}
