import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Confirm, ConfirmByName } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type NewWebhook, type Webhook } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { SecretOfWebhook } from './new-webhook-dialog.tsx';
import { type Wanted, WebhookForm } from './webhook-form.tsx';
import { hostOf } from './webhook-words.ts';

interface QuestionProps {
  webhook: Webhook;
  onClose: () => void;
}

/** Another URL, or other events. Only what was changed is sent, so that nothing that this page cannot show is lost. */
export function ChangeWebhook({ webhook, onClose }: QuestionProps) {
  const { id } = webhook;
  const queries = useQueryClient();
  const tell = useToast();
  const [from] = useState<Wanted>({ url: webhook.url, events: webhook.events });
  const change = useAction(async ({ url, events }: Wanted) => {
    const body = {
      ...(url === from.url ? {} : { url }),
      ...(events === from.events ? {} : { events: events === null ? null : [...events] }),
    };
    if (Object.keys(body).length > 0) {
      await ask(api.PATCH('/api/webhooks/{id}', { params: { path: { id } }, body }));
      tell('The webhook is changed.');
    }
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Dialog open shape="medium" title="Change the webhook" onClose={onClose}>
      <WebhookForm from={from} act={change} label="Save" busy="Saving…" onCancel={onClose} />
    </Dialog>
  );
}

export function SwitchOff({ webhook: { id }, onClose }: QuestionProps) {
  const queries = useQueryClient();
  const tell = useToast();
  const off = useAction(async () => {
    await ask(api.PATCH('/api/webhooks/{id}', { params: { path: { id } }, body: { enabled: false } }));
    tell('The webhook is off.');
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title="Switch this webhook off?"
      action="Switch off"
      busy={off.pending && 'Switching off…'}
      onConfirm={() => void off.run()}
      error={<Trouble error={off.error} />}
    >
      Nothing is sent until you switch it on. Then it goes on where it stopped, with what the log still has.
    </Confirm>
  );
}

/** A new secret beside the old one, shown once. */
export function TurnSecret({ webhook: { id }, onClose }: QuestionProps) {
  const [made, setMade] = useState<NewWebhook | null>(null);
  const queries = useQueryClient();
  const turn = useAction(async () => {
    setMade(await ask(api.POST('/api/webhooks/{id}/rotate-secret', { params: { path: { id } } })));
    void queries.invalidateQueries();
  });
  if (made !== null) {
    return (
      <SecretOfWebhook made={made} title="The new secret" onDone={onClose}>
        For 24 hours each message is signed with the old secret, too. Put this one in place within that time.
        It cannot be shown again.
      </SecretOfWebhook>
    );
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title="Turn the secret?"
      action="Turn secret"
      busy={turn.pending && 'Turning…'}
      onConfirm={() => void turn.run()}
      error={<Trouble error={turn.error} />}
    >
      You get a new secret. The present one stays valid for 24 hours; one before it is forgotten at once. If
      the present one has leaked, turn it twice.
    </Confirm>
  );
}

export function DeleteWebhook({ webhook: { id, url }, onClose }: QuestionProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useToast();
  const end = useAction(async () => {
    await ask(api.DELETE('/api/webhooks/{id}', { params: { path: { id } } }));
    tell('The webhook is deleted.');
    await navigate({ to: '/dashboard/webhooks', replace: true });
    queries.removeQueries({ queryKey: ['webhook', id] });
    await queries.invalidateQueries();
  });
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title="Delete this webhook?"
      name={hostOf(url)}
      noun="host"
      action="Delete"
      busy={end.pending && 'Deleting…'}
      onConfirm={() => void end.run()}
      error={<Trouble error={end.error} />}
    >
      <p className="mb-2 font-mono break-all">{url}</p>
      Its secret and the list of its deliveries are deleted with it. A new webhook for the same URL starts
      with what happens then, and with another secret.
    </ConfirmByName>
  );
}
