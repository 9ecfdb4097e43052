import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/webhooks.ts';
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
      tell(t.isChanged);
    }
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Dialog open shape="medium" title={t.changeWebhook} onClose={onClose}>
      <WebhookForm from={from} act={change} label={t.save} busy={t.saving} onCancel={onClose} />
    </Dialog>
  );
}

export function SwitchOff({ webhook: { id }, onClose }: QuestionProps) {
  const queries = useQueryClient();
  const tell = useToast();
  const off = useAction(async () => {
    await ask(api.PATCH('/api/webhooks/{id}', { params: { path: { id } }, body: { enabled: false } }));
    tell(t.isOff);
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.switchOffQuestion}
      action={t.switchOff}
      busy={off.pending && t.switchingOff}
      onConfirm={() => void off.run()}
      error={<Trouble error={off.error} />}
    >
      {t.switchOffMeans}
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
      <SecretOfWebhook made={made} title={t.theNewSecret} onDone={onClose}>
        {t.newSecretText}
      </SecretOfWebhook>
    );
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.turnSecretQuestion}
      action={t.turnSecret}
      busy={turn.pending && t.turning}
      onConfirm={() => void turn.run()}
      error={<Trouble error={turn.error} />}
    >
      {t.turnMeans}
    </Confirm>
  );
}

export function DeleteWebhook({ webhook: { id, url }, onClose }: QuestionProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useToast();
  const end = useAction(async () => {
    await ask(api.DELETE('/api/webhooks/{id}', { params: { path: { id } } }));
    tell(t.isDeleted);
    await navigate({ to: '/dashboard/webhooks', replace: true });
    queries.removeQueries({ queryKey: ['webhook', id] });
    await queries.invalidateQueries();
  });
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title={t.deleteQuestion}
      name={hostOf(url)}
      noun={t.host}
      action={t.delete}
      busy={end.pending && t.deleting}
      onConfirm={() => void end.run()}
      error={<Trouble error={end.error} />}
    >
      <p className="mb-2 font-mono break-all">{url}</p>
      {t.deleteMeans}
    </ConfirmByName>
  );
}
