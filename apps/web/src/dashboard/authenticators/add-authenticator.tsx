import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { useAction } from '../action.ts';
import { type Client, Problem } from '../api.ts';
import { ErrorSummary } from '../parts/error-summary.tsx';
import type { Asked } from './begin.ts';

/** Seconds. */
const DEFAULT_PERIOD = 30;

interface AddProps {
  client: Client;
  onStart: (asked: Asked) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name alone: a second phone shows codes like those of the first. */
export function AddAuthenticator({ client, onStart, onClose }: AddProps) {
  const [name, setName] = useState('');
  // As of an app: one does not scan a token.
  const { algorithm, digits } = client;
  const shape = { type: 'totp', algorithm, digits, period: client.period ?? DEFAULT_PERIOD } as const;
  const add = useAction(() =>
    onStart({ name: name.trim() === '' ? null : name.trim(), ...shape, replaces: null }),
  );
  const refused = add.error instanceof Problem ? add.error.of('name') : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void add.run();
  };
  return (
    <Dialog open title="Add an authenticator" onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-14">
          Another phone for {client.clientId}, or one to have in reserve. Codes of either are accepted, and
          wrong codes count together.
        </p>
        {refused === null && <ErrorSummary error={add.error} />}
        <Field label="Name" hint="To tell it from the others, such as Work phone." error={refused}>
          {(wiring) => (
            <TextInput
              {...wiring}
              autoComplete="off"
              maxLength={128}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={add.pending && 'Adding…'}>
            Show QR code
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
