import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { t } from '../../texts/clients.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Icon } from '../../ui/icons.tsx';
import { ExactTime, useSeconds } from '../../ui/time.tsx';
import { clockTime, waitTime } from '../../ui/time-words.ts';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Client } from '../api.ts';
import { Trouble } from './failed.tsx';

/** Each reason for which right codes are refused, until when, and the way out. */
export function UnlockPanels({ client }: { client: Client }) {
  const { clientId, clockAheadUntil } = client;
  return (
    <>
      {client.status === 'locked' && <LockPanel client={client} />}
      {clockAheadUntil !== null && <ClockAheadPanel clientId={clientId} until={clockAheadUntil} />}
    </>
  );
}

function LockPanel({ client }: { client: Client }) {
  const now = useSeconds();
  const end = client.lockedUntil === null ? null : Date.parse(client.lockedUntil);
  return (
    <UnlockPanel
      clientId={client.clientId}
      name={t.lock}
      title={
        end === null ? t.lockedUntilUnlocked : t.lockedUntil(clockTime(end), waitTime((end - now) / 1000))
      }
      reason={t.lockReason(client.failures, client.failuresToday)}
      action={t.unlock}
      question={t.unlockUser(client.clientId)}
      busy={t.unlocking}
      done={t.isUnlocked(client.clientId)}
    >
      {t.unlockMeans}
    </UnlockPanel>
  );
}

/** For after the server's clock was ahead. */
function ClockAheadPanel({ clientId, until }: { clientId: string; until: string }) {
  return (
    <UnlockPanel
      clientId={clientId}
      name={t.clock}
      resetClock
      title={t.refusedUntil(<ExactTime at={until} />)}
      reason={t.clockReason}
      action={t.resetClock}
      question={t.resetClockOf(clientId)}
      busy={t.resetting}
      done={t.canUseCodes(clientId)}
    >
      {t.resetMeans}
    </UnlockPanel>
  );
}

interface UnlockPanelProps {
  clientId: string;
  /** Of the section, for screen readers. */
  name: string;
  title: ReactNode;
  reason: string;
  /** On the button, and on the one that confirms it. */
  action: string;
  question: string;
  busy: string;
  done: string;
  resetClock?: boolean;
  /** What it does, as the question says it. */
  children: ReactNode;
}

function UnlockPanel(props: UnlockPanelProps) {
  const { clientId, resetClock = false } = props;
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const tell = useToast();
  const unlock = useAction(async () => {
    const path = { params: { path: { clientId } } };
    const body = resetClock ? { body: { resetClock } } : {};
    await ask(api.POST('/api/totp/clients/{clientId}/unlock', { ...path, ...body }));
    setAsked(false);
    tell(props.done);
    await queries.invalidateQueries();
  });
  return (
    <section
      aria-label={props.name}
      className="flex flex-wrap items-center justify-between gap-4 rounded-dialog border border-border bg-danger-soft px-4 py-4 sm:px-5"
    >
      <div className="flex min-w-0 gap-3">
        <span className="mt-1 text-danger">
          <Icon name="locked" />
        </span>
        <div>
          <p className="font-semibold">{props.title}</p>
          <p className="text-14">{props.reason}</p>
        </div>
      </div>
      <Button look="primary" onClick={() => setAsked(true)}>
        {props.action}
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={props.question}
        action={props.action}
        busy={unlock.pending && props.busy}
        onConfirm={unlock.run}
        error={<Trouble error={unlock.error} />}
      >
        {props.children}
      </Confirm>
    </section>
  );
}
