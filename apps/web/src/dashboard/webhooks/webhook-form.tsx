import { type FormEvent, useState } from 'react';
import { t } from '../../texts/webhooks.ts';
import { Button } from '../../ui/button.tsx';
import { DialogActions } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { useFirstWrong } from '../../ui/first-wrong.ts';
import type { Action } from '../action.ts';
import { type EventName, Problem } from '../api.ts';
import { ErrorSummary } from '../parts/error-summary.tsx';
import { EventFields } from './event-fields.tsx';

export interface Wanted {
  url: string;
  /** Null: every one. */
  events: readonly EventName[] | null;
}

interface WebhookFormProps {
  from: Wanted;
  act: Action<[Wanted], void>;
  label: string;
  busy: string;
  onCancel: () => void;
}

/** Where a webhook sends, and what. */
export function WebhookForm({ from, act, label, busy, onCancel }: WebhookFormProps) {
  const [url, setUrl] = useState(from.url);
  const [events, setEvents] = useState(from.events);
  const urlError = aboutUrl(act.error);
  const form = useFirstWrong(act.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act.run({ url: url.trim(), events });
  };
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-5">
      <ErrorSummary error={urlError === null ? act.error : null} />
      <Field label={t.url} hint={t.urlHint} error={urlError}>
        {(wiring) => (
          <TextInput
            {...wiring}
            required
            type="url"
            maxLength={2048}
            autoComplete="off"
            spellCheck={false}
            placeholder="https://app.example.com/webhooks/kanda"
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
      </Field>
      <EventFields events={events} onChange={setEvents} />
      <DialogActions>
        <Button onClick={onCancel}>{t.cancel}</Button>
        <Button type="submit" look="primary" disabled={events?.length === 0} busy={act.pending && busy}>
          {label}
        </Button>
      </DialogActions>
    </form>
  );
}

/** What is wrong with the URL; null when it is something else. */
function aboutUrl(error: unknown): string | null {
  if (!(error instanceof Problem)) return null;
  return error.code === 'webhook_url_refused' ? error.message : error.of('url');
}
