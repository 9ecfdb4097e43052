import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { t } from '../../texts/webhooks.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useAction } from '../action.ts';
import { api, ask, type NewWebhook } from '../api.ts';
import { useMode } from '../mode.ts';
import { ShownOnce } from '../parts/shown-once.tsx';
import { WebhookForm } from './webhook-form.tsx';

/** Asks where to send and what, then shows the secret once. */
export function NewWebhookDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewWebhook | null>(null);
  const queries = useQueryClient();
  const mode = useMode();
  const make = useAction(async ({ url, events }) => {
    const filter = events === null ? {} : { events: [...events] };
    setMade(await ask(api.POST('/api/webhooks', { body: { url, ...filter } })));
    void queries.invalidateQueries();
  });
  if (made !== null) {
    return (
      <SecretOfWebhook made={made} title={t.webhooksSecret} onDone={onClose}>
        {t.secretText}
      </SecretOfWebhook>
    );
  }
  return (
    <Dialog
      open
      shape="medium"
      title={mode === 'test' ? t.newTestWebhook : t.newWebhook}
      description={t.fromNowOn}
      onClose={onClose}
    >
      <WebhookForm
        from={{ url: '', events: null }}
        act={make}
        label={t.makeThis}
        busy={t.making}
        onCancel={onClose}
      />
    </Dialog>
  );
}

interface SecretProps {
  made: NewWebhook;
  title: string;
  onDone: () => void;
  children: ReactNode;
}

/** The secret of a webhook, which the server answers this once. */
export function SecretOfWebhook({ made, title, onDone, children }: SecretProps) {
  const secret = useRef<HTMLElement>(null);
  return (
    <ShownOnce shape="medium" title={title} what={t.theSecret} tick={t.savedSecret} onDone={onDone}>
      <p className="mb-1 font-mono text-14 break-all">{made.url}</p>
      <p className="mb-3 text-14">{children}</p>
      <code
        ref={secret}
        data-shown-once
        className="block rounded-control bg-sunken px-3 py-2.5 font-mono text-14 break-all"
      >
        {made.secret}
      </code>
      <div className="mt-3">
        <CopyButton text={made.secret} label={t.copySecret} source={secret} look="primary" />
      </div>
    </ShownOnce>
  );
}
