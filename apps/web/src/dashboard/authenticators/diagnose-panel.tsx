import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { CodeField } from '../../ui/code-field.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { useAction } from '../action.ts';
import { api, ask } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { diagnosisWords } from './diagnosis-words.ts';

/** Says why a code of a client is not accepted. It has a price, which is said before. */
export function DiagnosePanel({ clientId }: { clientId: string }) {
  const [code, setCode] = useState('');
  const [found, setFound] = useState<string | null>(null);
  const queries = useQueryClient();
  const look = useAction(async () => {
    setFound(null);
    const params = { path: { clientId } };
    const [diagnosis, { data }] = await Promise.all([
      ask(api.POST('/api/totp/clients/{clientId}/diagnose', { params, body: { token: code } })),
      ask(api.GET('/api/totp/clients/{clientId}/authenticators', { params })),
    ]);
    setFound(diagnosisWords(diagnosis, data));
    setCode('');
    await queries.invalidateQueries();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code !== '') void look.run();
  };
  return (
    <Panel title={t.whyNot}>
      <form onSubmit={submit} className="flex flex-col gap-4 px-4 pb-5 text-14 sm:px-5">
        <p>{t.diagnoseText}</p>
        <CodeField label={t.codeFromUser} value={code} onChange={setCode} className="max-w-60" />
        <div role="status">{found !== null && <Notice tone="plain">{found}</Notice>}</div>
        <Trouble error={look.error} />
        <div>
          <Button type="submit" busy={look.pending && t.diagnosing}>
            {t.diagnose}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
