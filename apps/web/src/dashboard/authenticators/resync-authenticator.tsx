import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { CodeField } from '../../ui/code-field.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/panel.tsx';
import { useAction } from '../action.ts';
import { type Authenticator, api, ask } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { nameOf, resyncWords } from './authenticator-words.ts';

interface ResyncProps {
  clientId: string;
  one: Authenticator;
  onClose: () => void;
}

/** Finds an authenticator again whose clock is far off, or whose token was pressed often without a login. */
export function ResyncAuthenticator({ clientId, one, onClose }: ResyncProps) {
  const [codes, setCodes] = useState<[string, string]>(['', '']);
  const [result, setResult] = useState<{ resynced: boolean; text: string } | null>(null);
  const queries = useQueryClient();
  const resync = useAction(async () => {
    setResult(null);
    const params = { path: { clientId, authenticatorId: one.id } };
    const path = '/api/totp/clients/{clientId}/authenticators/{authenticatorId}/resync' as const;
    const answer = await ask(api.POST(path, { params, body: { tokens: codes } }));
    setResult({ resynced: answer.resynced, text: resyncWords(answer, one) });
    await queries.invalidateQueries();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (codes.every((code) => code !== '')) void resync.run();
  };
  const reach = one.type === 'hotp' ? t.pressesAhead : t.stepsAround;
  return (
    <Dialog open title={t.resyncNamed(nameOf(one))} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-14">{t.resyncMeans(one.type === 'hotp' ? t.forToken : t.forPhone, reach)}</p>
        <CodeField
          label={t.firstCode}
          digits={one.digits}
          value={codes[0]}
          onChange={(code) => setCodes([code, codes[1]])}
        />
        <CodeField
          label={t.codeAfter}
          digits={one.digits}
          value={codes[1]}
          onChange={(code) => setCodes([codes[0], code])}
        />
        <div role="status">
          {result !== null && <Notice tone={result.resynced ? 'success' : 'danger'}>{result.text}</Notice>}
        </div>
        <Trouble error={resync.error} />
        <DialogActions>
          <Button onClick={onClose}>{result?.resynced === true ? t.done : t.cancel}</Button>
          <Button type="submit" look="primary" busy={resync.pending && t.looking}>
            {t.resync}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
