import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
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
      name="Lock"
      title={
        end === null
          ? 'Locked until you unlock it'
          : `Locked until ${clockTime(end)}, for ${waitTime((end - now) / 1000)} more`
      }
      reason={`${client.failures} wrong codes in a row, ${client.failuresToday} in 24 hours. Codes are refused without being checked.`}
      action="Unlock"
      question={`Unlock ${client.clientId}?`}
      busy="Unlocking…"
      done={`${client.clientId} is unlocked.`}
    >
      Its failures are forgotten and codes are looked at again. Be sure that it is your user who asks.
    </UnlockPanel>
  );
}

/** For after the server's clock was ahead. */
function ClockAheadPanel({ clientId, until }: { clientId: string; until: string }) {
  return (
    <UnlockPanel
      clientId={clientId}
      name="Clock"
      resetClock
      title={
        <>
          Right codes are refused until <ExactTime at={until} />
        </>
      }
      reason="A code was accepted while the server’s clock was ahead, or a backup was restored recently. Codes before that time are refused, and do not lead to a lock."
      action="Reset clock"
      question={`Reset the clock of ${clientId}?`}
      busy="Resetting…"
      done={`${clientId} can use codes again.`}
    >
      Be sure that the server’s clock is right now. Codes are accepted again, but none that may have been
      accepted while it was ahead. Failures are forgotten too, as when you unlock.
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
