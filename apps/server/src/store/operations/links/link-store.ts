import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { LinkStore } from '../../../domain/links/ports.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { PlainChange, RecordedChange } from '../log/recorded-change.ts';
import { completeLink } from './complete-link.ts';
import { cancelLink } from './end-link.ts';
import { expireLink, findExpiredLinks } from './expired-links.ts';
import { findHostedPages, setHostedPages } from './hosted-pages.ts';
import { createLink, findLink, listLinks, redeemLinkResult } from './links.ts';
import { openLink } from './open-link.ts';

/** How an account is changed: by the time that all nodes agree on, and also while this node's clock is out of step. */
interface Changes {
  readonly inStep: RecordedChange;
  readonly plain: PlainChange;
}

/** What a store does with one-time links, the same in both dialects. What goes by the time is refused out of step. */
export function linkStore(
  read: Executor['read'],
  { inStep, plain }: Changes,
  box: SecretBox,
  keys: AuthenticatorKeys,
): LinkStore {
  return {
    createLink: (link, made) =>
      inStep(link.accountId, 'link.created', link.clientId, made, (db, made) => createLink(db, link, made)),
    listLinks: (accountId, clientId) => read((db) => listLinks(db, accountId, clientId), accountId),
    cancelLink: (name, made) => plain(name.accountId, made, (db, made) => cancelLink(db, box, name, made)),
    findLink: (tokenMac, now) => read((db) => findLink(db, tokenMac, now), 'links'),
    openLink: (name, { clientId, secret, mostClients }, made) =>
      inStep(name.accountId, 'link.opened', clientId, made, (db, made) =>
        openLink(db, box, name, secret, mostClients, made),
      ),
    completeLink: (attempt, made) =>
      inStep(attempt.accountId, 'link.completed', attempt.clientId, made, (db, made) =>
        completeLink(db, box, keys, attempt, made),
      ),
    redeemLinkResult: (accountId, mac, made) =>
      inStep(accountId, 'link.redeemed', null, made, (db, made) =>
        redeemLinkResult(db, accountId, mac, made),
      ),
    findHostedPages: (accountId) => read((db) => findHostedPages(db, accountId), accountId),
    setHostedPages: (accountId, pages, made) =>
      plain(accountId, made, (db, made) => setHostedPages(db, accountId, pages, made)),
  };
}

/** Writes down what was not used in time. */
export async function expireLinks(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  now: number,
): Promise<void> {
  for (let expired = true; expired; ) {
    expired = false;
    for (const name of await read((db) => findExpiredLinks(db, now), 'upkeep'))
      if (await write((db) => expireLink(db, name, now), name.accountId)) expired = true;
  }
}
