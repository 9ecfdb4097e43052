import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/clients.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Ago } from '../../ui/time.tsx';
import { counted } from '../../ui/time-words.ts';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Client, type RecoveryCodesLeft } from '../api.ts';
import { ClientIdText } from './client-id-text.tsx';
import { Trouble } from './failed.tsx';
import { QueryView } from './query-view.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

/** Below this it is time for new ones. */
const FEW_CODES = 3;

/** How many recovery codes a client has left, new ones, and the end of all. */
export function ClientRecoveryCodes({ client }: { client: Client }) {
  const { clientId } = client;
  const [question, setQuestion] = useState<'make' | 'delete' | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const params = { path: { clientId } };
  const left = useQuery({
    queryKey: ['client', clientId, 'recovery-codes'],
    queryFn: () => ask(api.GET('/api/totp/clients/{clientId}/recovery-codes', { params })),
  });
  const close = () => setQuestion(null);
  return (
    <Panel title={t.recoveryCodes}>
      <QueryView query={left} skeleton={<SkeletonRows rows={1} height="h-13" />}>
        {(present) => (
          <div className="flex flex-col gap-4 px-4 pb-5 text-14 sm:px-5">
            <Left left={present} />
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setQuestion('make')}>{t.makeNewCodes}</Button>
              {present.remaining > 0 && (
                <Button look="warning" onClick={() => setQuestion('delete')}>
                  {t.deleteCodes}
                </Button>
              )}
            </div>
            {question === 'make' && (
              <MakeCodes clientId={clientId} left={present} onMade={setCodes} onClose={close} />
            )}
            {question === 'delete' && <DeleteCodes clientId={clientId} onClose={close} />}
          </div>
        )}
      </QueryView>
      {codes !== null && (
        <RecoveryCodes
          title={t.recoveryCodesOf(clientId)}
          codes={codes}
          owner={`${client.issuer}, ${client.label}`}
          file={`recovery-codes-${clientId.replace(/[^A-Za-z0-9._-]/g, '_')}.txt`}
          onDone={() => setCodes(null)}
        >
          {t.giveThem(<ClientIdText clientId={clientId} wraps />)}
        </RecoveryCodes>
      )}
    </Panel>
  );
}

function Left({ left: { remaining, createdAt, generation } }: { left: RecoveryCodesLeft }) {
  if (createdAt === null || generation === 0) {
    return <p>{t.noCodes}</p>;
  }
  return (
    <>
      <p>{t.codesLeft(counted(remaining, 'code'), <Ago at={createdAt} />)}</p>
      {remaining < FEW_CODES && (
        <Notice tone="warning">{t.makeAndGive(remaining === 0 ? t.lastUsed : t.fewLeft)}</Notice>
      )}
    </>
  );
}

interface MakeProps {
  clientId: string;
  left: RecoveryCodesLeft;
  onMade: (codes: readonly string[]) => void;
  onClose: () => void;
}

function MakeCodes({ clientId, left: { remaining }, onMade, onClose }: MakeProps) {
  const queries = useQueryClient();
  const make = useAction(async () => {
    const params = { path: { clientId } };
    const made = await ask(api.POST('/api/totp/clients/{clientId}/recovery-codes', { params, body: {} }));
    onClose();
    onMade(made.codes);
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.makeCodes}
      action={t.makeNewCodes}
      busy={make.pending && t.making}
      onConfirm={make.run}
      error={<Trouble error={make.error} />}
    >
      {t.makeCodesMeans(remaining > 0 ? t.voidAtOnce(counted(remaining, 'code')) : '')}
    </Confirm>
  );
}

function DeleteCodes({ clientId, onClose }: { clientId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const tell = useToast();
  const remove = useAction(async () => {
    const params = { path: { clientId } };
    await ask(api.DELETE('/api/totp/clients/{clientId}/recovery-codes', { params }));
    onClose();
    tell(t.codesDeleted(clientId));
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.deleteAllCodes}
      action={t.delete}
      look="danger"
      busy={remove.pending && t.deleting}
      onConfirm={remove.run}
      error={<Trouble error={remove.error} />}
    >
      {t.deleteCodesMeans}
    </Confirm>
  );
}
