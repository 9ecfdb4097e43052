import { type FormEvent, useState } from 'react';
import { t } from '../../texts/exporting.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, NativeSelect, Radio, TextInput } from '../../ui/field.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Problem } from '../api.ts';
import { ErrorSummary } from '../parts/error-summary.tsx';
import type { ExportFormat } from './messages.ts';
import { NoRecipient } from './run-export.ts';
import type { Choices } from './use-export.ts';

const formats = (): readonly (readonly [ExportFormat, string, string])[] => [
  ['kanda', 'Kanda (NDJSON)', t.kandaText],
  ['otpauth', t.uriTitle, t.uriText],
  ['oath-csv', 'OATH CSV', t.csvText],
];

interface ChoicesPanelProps {
  error: unknown;
  onExport: (choices: Choices) => void;
  busy: boolean;
}

/** Which file, and who can read it. Without encryption only after a warning, and a tick below it. */
export function ChoicesPanel({ error, onExport, busy }: ChoicesPanelProps) {
  const [format, setFormat] = useState<ExportFormat>('kanda');
  const [isPlain, setPlain] = useState(false);
  const [recipient, setRecipient] = useState('');
  const [isSure, setSure] = useState(false);
  const ofRecipient = recipientError(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPlain || isSure) onExport({ format, isPlain, recipient });
  };
  return (
    <Panel title={t.theFile}>
      <form onSubmit={submit} className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <ErrorSummary error={ofRecipient === null ? error : null} />
        <Field label={t.format} hint={formats().find(([name]) => name === format)?.[2]}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              className="sm:max-w-sm"
              value={format}
              onChange={({ target }) =>
                setFormat(formats().find(([name]) => name === target.value)?.[0] ?? 'kanda')
              }
            >
              {formats().map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Readers
          isPlain={isPlain}
          onChange={(plain) => {
            setPlain(plain);
            setSure(false);
          }}
        />
        {isPlain ? (
          <Notice tone="danger">
            <p className="mb-2">{t.asGoodAs}</p>
            <Checkbox
              label={t.understand}
              checked={isSure}
              onChange={({ target }) => setSure(target.checked)}
            />
          </Notice>
        ) : (
          <Recipient value={recipient} onChange={setRecipient} error={ofRecipient} />
        )}
        <div>
          <Button
            type="submit"
            look={isPlain ? 'danger' : 'primary'}
            icon="download"
            disabled={busy || (isPlain && !isSure)}
          >
            {isPlain ? t.exportPlain : t.export}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Readers({ isPlain, onChange }: { isPlain: boolean; onChange: (isPlain: boolean) => void }) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-14 font-semibold">{t.whoCanRead}</legend>
      <Radio
        name="protection"
        label={t.youWithAge}
        hint={t.youWithAgeHint}
        checked={!isPlain}
        onChange={() => onChange(false)}
      />
      <Radio
        name="protection"
        label={t.anyone}
        hint={t.anyoneHint}
        checked={isPlain}
        onChange={() => onChange(true)}
      />
    </fieldset>
  );
}

interface RecipientProps {
  value: string;
  onChange: (recipient: string) => void;
  error: string | null;
}

function Recipient({ value, onChange, error }: RecipientProps) {
  return (
    <Field
      label={t.publicKey}
      error={error}
      hint={
        <>
          {t.publicKeyHint((words) => (
            <code>{words}</code>
          ))}
          <a href="https://age-encryption.org" rel="noreferrer" className="text-accent underline">
            {t.whatAgeIs}
          </a>
        </>
      }
    >
      {(wiring) => (
        <TextInput
          {...wiring}
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="font-mono"
          placeholder="age1…"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** What is wrong with the key, which belongs to its field; null: something else, or nothing. */
function recipientError(error: unknown): string | null {
  if (error instanceof NoRecipient) return error.message;
  const isOfServer = error instanceof Problem && error.errors.some(({ path }) => path === '/recipient');
  return isOfServer ? new NoRecipient().message : null;
}
