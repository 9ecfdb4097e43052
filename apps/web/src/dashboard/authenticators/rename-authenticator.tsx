import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { useAction } from '../action.ts';
import { type Authenticator, api, ask, Problem } from '../api.ts';
import { ErrorSummary } from '../parts/error-summary.tsx';

interface RenameProps {
  clientId: string;
  one: Authenticator;
  onClose: () => void;
}

export function RenameAuthenticator({ clientId, one, onClose }: RenameProps) {
  const [name, setName] = useState(one.name ?? '');
  const queries = useQueryClient();
  const rename = useAction(async () => {
    const params = { path: { clientId, authenticatorId: one.id } };
    const body = { name: name.trim() === '' ? null : name.trim() };
    await ask(api.PATCH('/api/totp/clients/{clientId}/authenticators/{authenticatorId}', { params, body }));
    onClose();
    await queries.invalidateQueries();
  });
  const refused = rename.error instanceof Problem ? rename.error.of('name') : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void rename.run();
  };
  return (
    <Dialog open title={t.renameTitle} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {refused === null && <ErrorSummary error={rename.error} />}
        <Field label={t.name} hint={t.renameHint} error={refused}>
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
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" look="primary" busy={rename.pending && t.renaming}>
            {t.rename}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
