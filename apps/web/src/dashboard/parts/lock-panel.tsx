import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useSeconds } from '../../ui/time.tsx';
import { clockTime, waitTime } from '../../ui/time-words.ts';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Client } from '../api.ts';
import { Trouble } from './failed.tsx';

/** Why it is locked, until when, and the way out. */
export function LockPanel({ client }: { client: Client }) {
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const tell = useToast();
  const now = useSeconds();
  const unlock = useAction(async () => {
    const { clientId } = client;
    await ask(api.POST('/api/totp/clients/{clientId}/unlock', { params: { path: { clientId } } }));
    setAsked(false);
    tell(`${clientId} is unlocked.`);
    await queries.invalidateQueries();
  });
  const end = client.lockedUntil === null ? null : Date.parse(client.lockedUntil);
  return (
    <section
      aria-label="Lock"
      className="flex flex-wrap items-center justify-between gap-4 rounded-dialog border border-border bg-danger-soft px-4 py-4 sm:px-5"
    >
      <div className="flex min-w-0 gap-3">
        <span className="mt-1 text-danger">
          <Icon name="locked" />
        </span>
        <div>
          <p className="font-semibold">
            {end === null
              ? 'Locked until you unlock it'
              : `Locked until ${clockTime(end)}, for ${waitTime((end - now) / 1000)} more`}
          </p>
          <p className="text-14">
            {client.failures} wrong codes in a row, {client.failuresToday} in 24 hours. Codes are refused
            without being looked at.
          </p>
        </div>
      </div>
      <Button look="primary" onClick={() => setAsked(true)}>
        Unlock
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Unlock ${client.clientId}?`}
        action="Unlock"
        busy={unlock.pending && 'Unlocking…'}
        onConfirm={unlock.run}
        error={<Trouble error={unlock.error} />}
      >
        Its failures are forgotten and codes are looked at again. Be sure that it is your user who asks.
      </Confirm>
    </section>
  );
}
