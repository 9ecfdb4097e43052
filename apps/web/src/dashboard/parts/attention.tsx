import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../texts/start.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Ago, useNow } from '../../ui/time.tsx';
import { counted } from '../../ui/time-words.ts';
import { useAccount } from '../account.ts';
import type { ApiKey } from '../api.ts';
import { knownKeysQuery } from '../key-names.ts';
import type { Statistics } from '../statistics.ts';
import { QueryView } from './query-view.tsx';

const DAY_MS = 86_400_000;
const ENDS_SOON_MS = 14 * DAY_MS;
const STALE_MS = 90 * DAY_MS;
const FEW_CODES = 3;
/** A wave of refusals, and not a handful of slips. */
const MANY_REFUSED = 20;
const HIGH_FAILURE_RATE = 0.3;

interface Concern {
  id: string;
  icon: IconName;
  text: ReactNode;
  link: ReactNode;
}

const LINK_CLASS = 'whitespace-nowrap text-accent underline';

/** What needs attention; each line links to the place to fix it. */
export function Attention({ statistics }: { statistics: Statistics | undefined }) {
  const account = useAccount();
  const now = useNow();
  const found = useQuery(knownKeysQuery);
  return (
    <Panel title={t.needsAttention}>
      <QueryView query={found} skeleton={<SkeletonRows rows={2} height="h-13" />}>
        {({ data: keys }) => {
          const concerns: Concern[] = [
            ...concernsOf(statistics),
            ...keys.filter((key) => endsSoon(key, now)).map(endingKey),
            ...keys.filter((key) => isStale(key, now)).map(staleKey),
          ];
          if (account.twoFactor?.active === true && account.twoFactor.recoveryCodesLeft < FEW_CODES) {
            concerns.push(fewCodes(account.twoFactor.recoveryCodesLeft));
          }
          if (concerns.length === 0) {
            return (
              <p className="flex items-center gap-2 px-4 pb-5 text-14 text-muted sm:px-5">
                <Icon name="accepted" />
                {t.nothingNeeds}
              </p>
            );
          }
          return (
            <ul className="divide-y divide-border border-t border-border">
              {concerns.map(({ id, icon, text, link }) => (
                <li key={id} className="flex gap-3 px-4 py-3 text-14 sm:px-5">
                  <span className="mt-0.5 text-warning">
                    <Icon name={icon} />
                  </span>
                  <span className="min-w-0 grow [overflow-wrap:anywhere]">{text}</span>
                  {link}
                </li>
              ))}
            </ul>
          );
        }}
      </QueryView>
    </Panel>
  );
}

function concernsOf(statistics: Statistics | undefined): Concern[] {
  if (statistics === undefined) return [];
  const { clients, totals } = statistics;
  const concerns: Concern[] = [];
  if (statistics.diskAlmostFull) {
    concerns.push({
      id: 'disk',
      icon: 'warning',
      text: t.diskFull,
      link: (
        <a href="/docs/errors/disk_almost_full" className={LINK_CLASS}>
          {t.whatToDo}
        </a>
      ),
    });
  }
  if (totals.reasons.secret_unreadable > 0) {
    concerns.push({
      id: 'unreadable',
      icon: 'warning',
      text: t.secretUnreadable,
      link: (
        <a href="/docs/errors/secret_unreadable" className={LINK_CLASS}>
          {t.whatToDo}
        </a>
      ),
    });
  }
  if (clients.locked > 0) {
    concerns.push({
      id: 'locked',
      icon: 'locked',
      text: t.lockedNow(counted(clients.locked, 'user')),
      link: (
        <Link to="/dashboard/clients" search={{ status: 'locked' }} className={LINK_CLASS}>
          {t.seeThem}
        </Link>
      ),
    });
  }
  if (totals.refused >= MANY_REFUSED && (totals.failureRate ?? 0) >= HIGH_FAILURE_RATE) {
    concerns.push({
      id: 'refused',
      icon: 'warning',
      text: t.refusedShare(Math.round((totals.failureRate ?? 0) * 100)),
      link: (
        <Link
          to="/dashboard/logs"
          search={{ event: 'totp.validated', outcome: 'failure' }}
          className={LINK_CLASS}
        >
          {t.lookAtThem}
        </Link>
      ),
    });
  }
  return concerns;
}

function endsSoon({ expiresAt }: ApiKey, now: number): boolean {
  if (expiresAt === null) return false;
  const left = Date.parse(expiresAt) - now;
  return left < ENDS_SOON_MS && left > -ENDS_SOON_MS;
}

/** A key that is not used and could be: one that has expired opens nothing. */
function isStale({ createdAt, lastUsedAt, expiresAt }: ApiKey, now: number): boolean {
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return false;
  return now - Date.parse(lastUsedAt ?? createdAt) > STALE_MS;
}

function staleKey({ id, name, lastUsedAt }: ApiKey): Concern {
  return {
    id: `stale ${id}`,
    icon: 'keys',
    text: (
      <>
        {t.keyNamed(<bdi className="font-semibold">{name}</bdi>)}
        {lastUsedAt === null ? t.neverUsed : t.lastUsed(<Ago at={lastUsedAt} />)}
      </>
    ),
    link: (
      <Link to="/dashboard/keys" className={LINK_CLASS}>
        {t.revokeIt}
      </Link>
    ),
  };
}

function endingKey({ id, name, expiresAt }: ApiKey): Concern {
  return {
    id: `key ${id}`,
    icon: 'keys',
    text: <>{t.keyEnds(<bdi className="font-semibold">{name}</bdi>, <Ago at={expiresAt} />)}</>,
    link: (
      <Link to="/dashboard/keys" className={LINK_CLASS}>
        {t.keys}
      </Link>
    ),
  };
}

function fewCodes(left: number): Concern {
  return {
    id: 'codes',
    icon: 'warning',
    text: t.codesLeft(counted(left, 'recovery code')),
    link: (
      <Link to="/dashboard/settings/two-factor" className={LINK_CLASS}>
        {t.makeNewOnes}
      </Link>
    ),
  };
}
