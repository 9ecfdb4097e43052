import type { ReactNode } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Menu } from '../../ui/menu.tsx';
import { Notice } from '../../ui/panel.tsx';
import { StatusBadge, WeakSecretBadge } from '../../ui/status-badge.tsx';
import { Ago } from '../../ui/time.tsx';
import { useAction } from '../action.ts';
import type { Authenticator } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { driftWords, kindWords, nameOf, pendingWords, titleOf } from './authenticator-words.ts';
import type { Question } from './authenticators-panel.tsx';

interface RowProps {
  one: Authenticator;
  others: readonly Authenticator[];
  /** Whether the policy follows drift. */
  isFollowed: boolean;
  onAsk: (question: Question) => void;
  onShowAgain: () => Promise<void>;
}

export function AuthenticatorRow({ one, others, isFollowed, onAsk, onShowAgain }: RowProps) {
  const isPending = one.status === 'pending';
  const showAgain = useAction(onShowAgain);
  return (
    <li className="flex flex-col gap-3 px-4 py-4 sm:px-5">
      <div className={classes('flex items-start justify-between gap-3', isPending && 'flex-wrap')}>
        <div className="flex min-w-0 flex-col gap-1 text-14">
          <h3 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-14 font-semibold">
            <bdi className="break-words">{titleOf(one, others)}</bdi>
            <AuthenticatorStatus one={one} />
          </h3>
          <p className="text-muted">{kindWords(one)}</p>
          {isPending ? <p>{pendingWords(one, others)}</p> : <Use one={one} isFollowed={isFollowed} />}
        </div>
        {isPending ? (
          <div className="flex flex-wrap gap-2">
            <Button busy={showAgain.pending && t.oneMoment} onClick={showAgain.run}>
              {t.confirm}
            </Button>
            <Button look="warning" onClick={() => onAsk({ kind: 'cancel', one })}>
              {t.cancelIt}
            </Button>
          </div>
        ) : (
          <Menu
            trigger={<IconButton icon="more" label={t.changeNamed(nameOf(one))} className="-mr-2" />}
            items={[
              { label: t.replace, onSelect: () => onAsk({ kind: 'replace', one }) },
              { label: t.resync, onSelect: () => onAsk({ kind: 'resync', one }) },
              { label: t.rename, onSelect: () => onAsk({ kind: 'rename', one }) },
              { label: t.remove, onSelect: () => onAsk({ kind: 'remove', one }), danger: true },
            ]}
          />
        )}
      </div>
      {one.weakSecret && !isPending && <WeakSecret onReplace={() => onAsk({ kind: 'replace', one })} />}
      <Trouble error={showAgain.error} />
    </li>
  );
}

function AuthenticatorStatus({ one }: { one: Authenticator }) {
  if (one.status === 'pending') {
    return (
      <StatusBadge tone="warning" icon="pending">
        {t.pending}
      </StatusBadge>
    );
  }
  return (
    <>
      <StatusBadge tone="success" icon="accepted">
        {t.inUse}
      </StatusBadge>
      {one.weakSecret && <WeakSecretBadge />}
    </>
  );
}

function Use({ one, isFollowed }: { one: Authenticator; isFollowed: boolean }) {
  const drift = driftWords(one, isFollowed);
  const facts: [string, ReactNode][] = [
    [t.lastUsed, <Ago key="used" at={one.lastAcceptedAt} />],
    [t.added, <Ago key="added" at={one.createdAt} />],
  ];
  if (one.rotatedAt !== null) facts.push([t.replaced, <Ago key="rotated" at={one.rotatedAt} />]);
  if (drift !== null) facts.push([t.drift, drift]);
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function WeakSecret({ onReplace }: { onReplace: () => void }) {
  return (
    <Notice tone="warning">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 grow basis-64">{t.weakSecret}</p>
        <Button onClick={onReplace}>{t.replace}</Button>
      </div>
    </Notice>
  );
}
