import { type FormEvent, useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { useAction } from '../action.ts';
import { type Client, Problem } from '../api.ts';
import { ClientIdText } from '../parts/client-id-text.tsx';
import { ErrorSummary } from '../parts/error-summary.tsx';
import type { Asked } from './begin.ts';

interface AddProps {
  client: Client;
  onStart: (asked: Asked) => Promise<void>;
  onClose: () => void;
}

interface Typed {
  type: 'totp' | 'hotp';
  name: string;
  digits: 6 | 8;
  secret: string;
  counter: number;
}

/** Seconds. */
const DEFAULT_PERIOD = 30;

/** A second phone shows codes like those of the first; a hardware token comes with its secret and its counter. */
export function AddAuthenticator({ client, onStart, onClose }: AddProps) {
  const [typed, setTyped] = useState<Typed>({
    type: 'totp',
    name: '',
    digits: client.digits,
    secret: '',
    counter: 0,
  });
  const set = (change: Partial<Typed>) => setTyped({ ...typed, ...change });
  const add = useAction(() => onStart(askedOf(typed, client)));
  const refused = add.error instanceof Problem ? add.error : null;
  const isInField = refused?.errors.some(({ path }) => ['/name', '/secret', '/counter'].includes(path));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void add.run();
  };
  return (
    <Dialog open title={t.add} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-14">{t.addText(<ClientIdText clientId={client.clientId} wraps />)}</p>
        {isInField !== true && <ErrorSummary error={add.error} />}
        <Field label={t.kind}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={typed.type}
              onChange={(event) => set({ type: event.target.value as Typed['type'] })}
            >
              <option value="totp">{t.appOnPhone}</option>
              <option value="hotp">{t.hardwareToken}</option>
            </NativeSelect>
          )}
        </Field>
        <Field label={t.name} hint={t.nameHint} error={refused?.of('name')}>
          {(wiring) => (
            <TextInput
              {...wiring}
              autoComplete="off"
              maxLength={128}
              value={typed.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
        {typed.type === 'hotp' && <TokenFields typed={typed} set={set} refused={refused} />}
        <DialogActions>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" look="primary" busy={add.pending && t.adding}>
            {typed.type === 'hotp' ? t.goOn : t.showQr}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function askedOf({ type, name, digits, secret, counter }: Typed, client: Client): Asked {
  const named = { name: name.trim() === '' ? null : name.trim(), replaces: null };
  if (type === 'hotp') {
    const token = { secret: secret.trim(), counter };
    return { ...named, type, algorithm: 'SHA1', digits, period: null, token };
  }
  const { algorithm } = client;
  return { ...named, type, algorithm, digits: client.digits, period: client.period ?? DEFAULT_PERIOD };
}

interface TokenProps {
  typed: Typed;
  set: (change: Partial<Typed>) => void;
  refused: Problem | null;
}

/** What the maker of the token delivers with it. */
function TokenFields({ typed, set, refused }: TokenProps) {
  const secretError = refused?.of('secret') ?? null;
  return (
    <>
      <Field label={t.secret} hint={t.secretHint} error={secretError && t.itIs(secretError)}>
        {(wiring) => (
          <TextInput
            {...wiring}
            required
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            className="font-mono"
            value={typed.secret}
            onChange={(event) => set({ secret: event.target.value })}
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t.digits}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={typed.digits}
              onChange={(event) => set({ digits: Number(event.target.value) as 6 | 8 })}
            >
              <option>6</option>
              <option>8</option>
            </NativeSelect>
          )}
        </Field>
        <Field label={t.counter} error={refused?.of('counter')}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="number"
              min={0}
              value={typed.counter}
              onChange={(event) => set({ counter: event.target.valueAsNumber || 0 })}
            />
          )}
        </Field>
      </div>
    </>
  );
}
