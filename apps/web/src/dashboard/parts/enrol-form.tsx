import { type ComponentProps, type FormEvent, useState } from 'react';
import { t } from '../../texts/enrolment.ts';
import { Button } from '../../ui/button.tsx';
import { DialogActions } from '../../ui/dialog.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { useFirstWrong } from '../../ui/first-wrong.ts';
import { useAction } from '../action.ts';
import { Problem } from '../api.ts';
import { ErrorSummary } from './error-summary.tsx';

export interface NewClient {
  clientId: string;
  label: string;
  issuer: string;
  algorithm: 'SHA1' | 'SHA256' | 'SHA512';
  digits: 6 | 8;
  period: number;
  /** Base32, of a phone that is set up already; empty: a new one is made. */
  secret: string;
  allowShortSecret: boolean;
  /** Its codes count at once. */
  skipFirstCode: boolean;
}

export const EMPTY_CLIENT: NewClient = {
  clientId: '',
  label: '',
  issuer: '',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
  secret: '',
  allowShortSecret: false,
  skipFirstCode: false,
};

interface EnrolFormProps {
  client: NewClient;
  onChange: (client: NewClient) => void;
  onCancel: () => void;
  onEnrol: () => Promise<void>;
}

export function EnrolForm({ client, onChange, onCancel, onEnrol }: EnrolFormProps) {
  const enrol = useAction(onEnrol);
  const refused = enrol.error instanceof Problem ? enrol.error : null;
  const exists = refused?.code === 'client_exists';
  const form = useFirstWrong(enrol.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enrol.run();
  };
  const set = (change: Partial<NewClient>) => onChange({ ...client, ...change });
  const elsewhere = refused === null ? enrol.error : refused.errors.length === 0 ? refused : null;
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-4">
      {!exists && <ErrorSummary error={elsewhere} />}
      <Text
        label={t.userId}
        hint={t.userIdHint}
        error={exists ? t.alreadyEnrolled(client.clientId) : refused?.of('clientId')}
        autoCapitalize="off"
        spellCheck={false}
        placeholder="user-123"
        className="font-mono"
        value={client.clientId}
        onText={(clientId) => set({ clientId })}
      />
      <Text
        label={t.label}
        hint={t.labelHint}
        error={refused?.of('label')}
        placeholder="alice@example.com"
        value={client.label}
        onText={(label) => set({ label })}
      />
      <Text
        label={t.issuer}
        hint={t.issuerHint}
        error={refused?.of('issuer')}
        placeholder="MyApp"
        value={client.issuer}
        onText={(issuer) => set({ issuer })}
      />
      <Advanced client={client} set={set} refused={refused} />
      <DialogActions>
        <Button onClick={onCancel}>{t.cancel}</Button>
        <Button type="submit" look="primary" busy={enrol.pending && t.enrolling}>
          {t.enrol}
        </Button>
      </DialogActions>
    </form>
  );
}

interface TextProps extends ComponentProps<'input'> {
  label: string;
  hint: string;
  error?: string | null | undefined;
  onText: (text: string) => void;
}

function Text({ label, hint, error, onText, ...input }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <TextInput
          {...wiring}
          required
          autoComplete="off"
          {...input}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}

interface AdvancedProps {
  client: NewClient;
  set: (change: Partial<NewClient>) => void;
  refused: Problem | null;
}

function Advanced({ client, set, refused }: AdvancedProps) {
  const [opened, setOpened] = useState(false);
  // What is wrong with a field in here must be seen.
  const mustShow = refused?.errors.some(({ path }) => path === '/secret' || path === '/period') === true;
  return (
    <details
      className="text-14"
      open={opened || mustShow}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary className="cursor-pointer py-1 font-semibold">{t.advanced}</summary>
      <p className="mt-1 mb-3 text-muted">{t.manyAppsKnow}</p>
      <CodeShape client={client} set={set} periodError={refused?.of('period')} />
      <div className="mt-5 flex flex-col gap-4">
        <Text
          label={t.existingSecret}
          hint={t.existingSecretHint}
          error={secretWords(refused)}
          required={false}
          autoCapitalize="off"
          spellCheck={false}
          className="font-mono"
          value={client.secret}
          onText={(secret) => set({ secret })}
        />
        {client.secret !== '' && (
          <Checkbox
            label={t.allowShort}
            hint={t.allowShortHint}
            checked={client.allowShortSecret}
            onChange={(event) => set({ allowShortSecret: event.target.checked })}
          />
        )}
        <Checkbox
          label={t.skipFirstCode}
          hint={t.skipFirstCodeHint}
          checked={client.skipFirstCode}
          onChange={(event) => set({ skipFirstCode: event.target.checked })}
        />
      </div>
    </details>
  );
}

/** What is wrong with a secret that was brought along, in the words of this form. */
function secretWords(refused: Problem | null): string | null {
  const message = refused?.of('secret') ?? null;
  return message?.includes('allowShortSecret') === true ? t.tooShort : message && t.itIs(message);
}

interface CodeShapeProps {
  client: NewClient;
  set: (change: Partial<NewClient>) => void;
  periodError: string | null | undefined;
}

function CodeShape({ client, set, periodError }: CodeShapeProps) {
  return (
    <div className="grid grid-cols-1 gap-3 min-[400px]:grid-cols-3">
      <Field label={t.algorithm}>
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
      <Field label={t.digits}>
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
      <Field label={t.seconds} error={periodError}>
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
  );
}
