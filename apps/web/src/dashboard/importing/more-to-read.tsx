import { type FormEvent, useState } from 'react';
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
        label="Password of the file"
        hint="The file is opened in this browser. The password is not sent."
        error={wrong ? 'The password is wrong, or the file is damaged.' : null}
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
        Open
      </Button>
    </form>
  );
}

function Key({ wrong, reading, onRead }: PartProps & { wrong: boolean }) {
  const [key, setKey] = useState('');
  const [refused, setRefused] = useState(wrong ? 'The key is a wrong one, or the file is damaged.' : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (keyBytes(key) === null) setRefused('A key has 16 or 32 bytes, in hex or in base64.');
    else onRead({ ...reading, key });
  };
  return (
    <form onSubmit={submit} className="flex max-w-96 flex-col items-start gap-3">
      <Field
        label="Key of the file"
        hint="That it was encrypted with, in hex or in base64. It is not sent."
        error={refused}
        className="w-full"
      >
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
        Open
      </Button>
    </form>
  );
}

/** Old exports of privacyIDEA have no true MAC. Who takes such a file trusts the way that it came. */
function Mac({ reading, onRead }: PartProps) {
  return (
    <Checkbox
      label="Take secrets without a MAC"
      hint="Only if you exported the file yourself: without a MAC it cannot be checked whether it was changed on its way."
      checked={false}
      onChange={() => onRead({ ...reading, allowMissingMac: true })}
    />
  );
}

const FIELD_WORDS: Readonly<Record<(typeof MAPPED_FIELDS)[number], string>> = {
  secret: 'Secret',
  clientId: 'User ID',
  label: 'Label',
  issuer: 'Issuer',
  type: 'Type (totp, hotp)',
  algorithm: 'Algorithm',
  digits: 'Digits',
  period: 'Period',
  counter: 'Counter',
  lastUsedStep: 'Last used step',
  recoveryCodes: 'Recovery codes',
};

function Columns({ headings, reading, onRead }: PartProps & { headings: readonly string[] }) {
  const { map, secretEncoding } = reading;
  if (headings.length === 0) return null;
  return (
    <fieldset className="grid grid-cols-1 gap-4 sm:grid-cols-3">
      <legend className="mb-2 text-14 font-semibold">Which column is which</legend>
      {MAPPED_FIELDS.map((field) => (
        <Field key={field} label={FIELD_WORDS[field]}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={map[field] ?? ''}
              onChange={({ target }) => onRead({ ...reading, map: { ...map, [field]: target.value } })}
            >
              <option value="">{sameName(headings, field) ?? 'None'}</option>
              {headings.map((heading) => (
                <option key={heading} value={heading}>
                  {heading}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      ))}
      <Field label="Secrets are in">
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
