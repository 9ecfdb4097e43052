import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Enrolled, Problem } from '../api.ts';
import { CHECK_NOTE, checkClientCode } from './check-client.ts';
import { ErrorSummary } from './error-summary.tsx';
import { SecretOnce } from './secret-once.tsx';
import { ShownOnce } from './shown-once.tsx';

interface NewClient {
  clientId: string;
  label: string;
  issuer: string;
  algorithm: 'SHA1' | 'SHA256' | 'SHA512';
  digits: 6 | 8;
  period: number;
}

const EMPTY: NewClient = { clientId: '', label: '', issuer: '', algorithm: 'SHA1', digits: 6, period: 30 };

/** First the form, then QR code, key and check in one view. The form is kept when the server cannot save. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [client, setClient] = useState(EMPTY);
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
  const queries = useQueryClient();
  if (enrolled === null) {
    return (
      <Dialog open title="Enrol a client" onClose={onClose}>
        <EnrolForm
          client={client}
          onChange={setClient}
          onCancel={onClose}
          onEnrolled={(result) => {
            setEnrolled(result);
            void queries.invalidateQueries();
          }}
        />
      </Dialog>
    );
  }
  return (
    <ShownOnce
      shape="wide"
      title={`Enrol ${enrolled.clientId}`}
      what="the key"
      tick="I have scanned or saved this key"
      onDone={onClose}
    >
      <SecretOnce
        secret={enrolled.secret}
        otpauthUrl={enrolled.otpauthUrl}
        issuer={client.issuer}
        label={client.label}
        digits={client.digits}
        note={CHECK_NOTE}
        onCheck={(code) => checkClientCode(enrolled.clientId, code)}
      />
    </ShownOnce>
  );
}

interface EnrolFormProps {
  client: NewClient;
  onChange: (client: NewClient) => void;
  onCancel: () => void;
  onEnrolled: (enrolled: Enrolled) => void;
}

function EnrolForm({ client, onChange, onCancel, onEnrolled }: EnrolFormProps) {
  const enrol = useAction(async () => {
    // The page draws the QR code from the URL itself.
    const body = { ...client, qr: 'none' as const };
    onEnrolled(await ask(api.POST('/api/totp/register', { body })));
  });
  const refused = enrol.error instanceof Problem ? enrol.error : null;
  const exists = refused?.code === 'client_exists';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enrol.run();
  };
  const set = (change: Partial<NewClient>) => onChange({ ...client, ...change });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {!exists && (
        <ErrorSummary
          error={refused?.errors.length === 0 ? refused : refused === null ? enrol.error : null}
        />
      )}
      <Field
        label="Client ID"
        hint="Your application's own name for this user."
        error={
          exists
            ? `${client.clientId} is already enrolled. For a lost phone, rotate its key.`
            : refused?.of('clientId') && 'Use 1–128 letters, digits or . _ : @ + -'
        }
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            required
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="user-123"
            className="font-mono"
            value={client.clientId}
            onChange={(event) => set({ clientId: event.target.value })}
          />
        )}
      </Field>
      <Field label="Label" hint="The user's name, as the phone shows it." error={refused?.of('label')}>
        {(wiring) => (
          <TextInput
            {...wiring}
            required
            autoComplete="off"
            placeholder="alice@example.com"
            value={client.label}
            onChange={(event) => set({ label: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Issuer"
        hint="Your application's name, as the phone shows it."
        error={refused?.of('issuer')}
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            required
            autoComplete="off"
            placeholder="MyApp"
            value={client.issuer}
            onChange={(event) => set({ issuer: event.target.value })}
          />
        )}
      </Field>
      <Advanced client={client} set={set} periodError={refused?.of('period')} />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={enrol.pending && 'Enrolling…'}>
          Enrol
        </Button>
      </DialogActions>
    </form>
  );
}

interface AdvancedProps {
  client: NewClient;
  set: (change: Partial<NewClient>) => void;
  periodError: string | null | undefined;
}

function Advanced({ client, set, periodError }: AdvancedProps) {
  return (
    <details className="text-14">
      <summary className="cursor-pointer py-1 font-semibold">Advanced</summary>
      <p className="mt-1 mb-3 text-muted">Many apps know SHA1, 6 digits and 30 seconds only.</p>
      <div className="grid grid-cols-1 gap-3 min-[400px]:grid-cols-3">
        <Field label="Algorithm">
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={client.algorithm}
              onChange={(event) => set({ algorithm: event.target.value as NewClient['algorithm'] })}
            >
              <option>SHA1</option>
              <option>SHA256</option>
              <option>SHA512</option>
            </NativeSelect>
          )}
        </Field>
        <Field label="Digits">
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={client.digits}
              onChange={(event) => set({ digits: Number(event.target.value) as 6 | 8 })}
            >
              <option>6</option>
              <option>8</option>
            </NativeSelect>
          )}
        </Field>
        <Field label="Seconds" error={periodError}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="number"
              min={15}
              max={300}
              value={client.period}
              onChange={(event) => set({ period: event.target.valueAsNumber || 30 })}
            />
          )}
        </Field>
      </div>
    </details>
  );
}
