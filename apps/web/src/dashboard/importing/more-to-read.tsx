import { type FormEvent, useState } from 'react';
import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { keyBytes, type ReadChoices } from './choices.ts';
import { MAPPED_FIELDS, SECRET_ENCODINGS } from './csv-fields.ts';
import type { Understood } from './messages.ts';

interface MoreToReadProps {
  understood: Understood;
  reading: ReadChoices;
  onRead: (choices: ReadChoices) => void;
}

/** Asks for what the file needs to be read: a password, a key, which column is which. */
export function MoreToRead({ understood, reading, onRead }: MoreToReadProps) {
  const has = (...codes: string[]) => understood.problems.some(({ code }) => codes.includes(code));
  if (has('map_required') || understood.format?.name === 'csv')
    return <Columns headings={understood.headings} reading={reading} onRead={onRead} />;
  if (has('password_required', 'password_wrong'))
    return <Password wrong={has('password_wrong')} reading={reading} onRead={onRead} />;
  if (has('key_required', 'key_wrong'))
    return <Key wrong={has('key_wrong')} reading={reading} onRead={onRead} />;
  if (has('mac_missing') && !reading.allowMissingMac) return <Mac reading={reading} onRead={onRead} />;
  return null;
}

type PartProps = Omit<MoreToReadProps, 'understood'>;

function Password({ wrong, reading, onRead }: PartProps & { wrong: boolean }) {
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRead({ ...reading, password });
  };
  return (
    <form onSubmit={submit} className="flex max-w-96 flex-col items-start gap-3">
      <Field
        label={t.filePassword}
        hint={t.filePasswordHint}
        error={wrong ? t.wrongPassword : null}
        className="w-full"
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            type="password"
            required
            autoComplete="off"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        )}
      </Field>
      <Button type="submit" look="primary">
        {t.open}
      </Button>
    </form>
  );
}

function Key({ wrong, reading, onRead }: PartProps & { wrong: boolean }) {
  const [key, setKey] = useState('');
  const [refused, setRefused] = useState(wrong ? t.wrongKey : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (keyBytes(key) === null) setRefused(t.keyForm);
    else onRead({ ...reading, key });
  };
  return (
    <form onSubmit={submit} className="flex max-w-96 flex-col items-start gap-3">
      <Field label={t.fileKey} hint={t.fileKeyHint} error={refused} className="w-full">
        {(wiring) => (
          <TextInput
            {...wiring}
            type="password"
            required
            autoComplete="off"
            className="font-mono"
            value={key}
            onChange={({ target }) => setKey(target.value)}
          />
        )}
      </Field>
      <Button type="submit" look="primary">
        {t.open}
      </Button>
    </form>
  );
}

/** Old exports of privacyIDEA have no true MAC. Who takes such a file trusts the way that it came. */
function Mac({ reading, onRead }: PartProps) {
  return (
    <Checkbox
      label={t.takeWithoutMac}
      hint={t.takeWithoutMacHint}
      checked={false}
      onChange={() => onRead({ ...reading, allowMissingMac: true })}
    />
  );
}

const FIELD_WORDS: Readonly<Record<(typeof MAPPED_FIELDS)[number], string>> = {
  get secret() {
    return t.secret;
  },
  get clientId() {
    return t.userId;
  },
  get label() {
    return t.label;
  },
  get issuer() {
    return t.issuer;
  },
  get type() {
    return t.typeColumn;
  },
  get algorithm() {
    return t.algorithm;
  },
  get digits() {
    return t.digits;
  },
  get period() {
    return t.period;
  },
  get counter() {
    return t.counter;
  },
  get lastUsedStep() {
    return t.lastStep;
  },
  get recoveryCodes() {
    return t.recoveryCodes;
  },
};

function Columns({ headings, reading, onRead }: PartProps & { headings: readonly string[] }) {
  const { map, secretEncoding } = reading;
  if (headings.length === 0) return null;
  return (
    <fieldset className="grid grid-cols-1 gap-4 sm:grid-cols-3">
      <legend className="mb-2 text-14 font-semibold">{t.whichColumn}</legend>
      {MAPPED_FIELDS.map((field) => (
        <Field key={field} label={FIELD_WORDS[field]}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={map[field] ?? ''}
              onChange={({ target }) => onRead({ ...reading, map: { ...map, [field]: target.value } })}
            >
              <option value="">{sameName(headings, field) ?? t.none}</option>
              {headings.map((heading) => (
                <option key={heading} value={heading}>
                  {heading}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      ))}
      <Field label={t.secretsIn}>
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={secretEncoding}
            onChange={({ target }) => {
              const picked = SECRET_ENCODINGS.find((encoding) => encoding === target.value);
              if (picked !== undefined) onRead({ ...reading, secretEncoding: picked });
            }}
          >
            {SECRET_ENCODINGS.map((encoding) => (
              <option key={encoding}>{encoding}</option>
            ))}
          </NativeSelect>
        )}
      </Field>
    </fieldset>
  );
}

/** A column that has the field's own name is taken for it. */
function sameName(headings: readonly string[], field: string): string | undefined {
  return headings.find((heading) => heading.toLowerCase() === field.toLowerCase());
}
