import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, NativeSelect, Radio, TextInput } from '../../ui/field.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Problem } from '../api.ts';
import { ErrorSummary } from '../parts/error-summary.tsx';
import type { ExportFormat } from './messages.ts';
import { NoRecipient } from './run-export.ts';
import type { Choices } from './use-export.ts';

const FORMATS: readonly (readonly [ExportFormat, string, string])[] = [
  [
    'kanda',
    'Kanda (NDJSON)',
    'For another Kanda. It has everything: names, drift, and which codes were used.',
  ],
  [
    'otpauth',
    'otpauth:// addresses',
    'One a line, for most other programs. Not in it: which codes were used, drift, names.',
  ],
  [
    'oath-csv',
    'OATH CSV',
    'For privacyIDEA and LinOTP. Not in it: which codes were used, drift, names, issuers.',
  ],
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
    <Panel title="The file">
      <form onSubmit={submit} className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <ErrorSummary error={ofRecipient === null ? error : null} />
        <Field label="Format" hint={FORMATS.find(([name]) => name === format)?.[2]}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              className="sm:max-w-sm"
              value={format}
              onChange={({ target }) =>
                setFormat(FORMATS.find(([name]) => name === target.value)?.[0] ?? 'kanda')
              }
            >
              {FORMATS.map(([name, title]) => (
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
            <p className="mb-2">
              The file is as good as every phone in it: with it alone anyone can make every user's codes. It
              goes to your downloads folder as it is, where backups, synchronised folders and other programs
              find it.
            </p>
            <Checkbox
              label="I understand, and will delete the file when I have used it"
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
            {isPlain ? 'Export without encryption' : 'Export'}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Readers({ isPlain, onChange }: { isPlain: boolean; onChange: (isPlain: boolean) => void }) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-14 font-semibold">Who can read it</legend>
      <Radio
        name="protection"
        label="You, with your age key (recommended)"
        hint="Encrypted before it reaches your disk."
        checked={!isPlain}
        onChange={() => onChange(false)}
      />
      <Radio
        name="protection"
        label="Anyone who gets the file"
        hint="Not encrypted. For programs on this computer that read it at once."
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
      label="Your public key"
      error={error}
      hint={
        <>
          The line that <code>age-keygen -o key.txt</code> prints. Keep key.txt: without it no one can read
          the file.{' '}
          <a href="https://age-encryption.org" rel="noreferrer" className="text-accent underline">
            What age is
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
