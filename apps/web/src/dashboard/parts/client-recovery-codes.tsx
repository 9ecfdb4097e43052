import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
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
    <Panel title="Recovery codes">
      <QueryView query={left} skeleton={<SkeletonRows rows={1} height="h-13" />}>
        {(present) => (
          <div className="flex flex-col gap-4 px-4 pb-5 text-14 sm:px-5">
            <Left left={present} />
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setQuestion('make')}>Make new codes</Button>
              {present.remaining > 0 && (
                <Button look="warning" onClick={() => setQuestion('delete')}>
                  Delete codes
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
          title={`Recovery codes of ${clientId}`}
          codes={codes}
          owner={`${client.issuer}, ${client.label}`}
          file={`recovery-codes-${clientId.replace(/[^A-Za-z0-9._-]/g, '_')}.txt`}
          onDone={() => setCodes(null)}
        >
          Give them to your user. Each lets <ClientIdText clientId={clientId} wraps /> in once without the
          phone, also while it is locked. Earlier codes are void.
        </RecoveryCodes>
      )}
    </Panel>
  );
}

function Left({ left: { remaining, createdAt, generation } }: { left: RecoveryCodesLeft }) {
  if (createdAt === null || generation === 0) {
    return <p>There are none. With one of them, your user gets in once when the phone is lost.</p>;
  }
  return (
    <>
      <p>
        {counted(remaining, 'code')} left, made <Ago at={createdAt} />. Each lets your user in once without
        the phone, also while the user is locked.
      </p>
      {remaining < FEW_CODES && (
        <Notice tone="warning">
          {remaining === 0 ? 'The last one is used.' : 'Few are left.'} Make new ones, and give them to your
          user.
        </Notice>
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
      title="Make recovery codes?"
      action="Make new codes"
      busy={make.pending && 'Making…'}
      onConfirm={make.run}
      error={<Trouble error={make.error} />}
    >
      You get 10 codes, shown once. Have a way ready to give them to your user.
      {remaining > 0 && ` The ${counted(remaining, 'code')} that your user has now are void at once.`}
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
    tell(`The recovery codes of ${clientId} are deleted.`);
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title="Delete all recovery codes?"
      action="Delete"
      look="danger"
      busy={remove.pending && 'Deleting…'}
      onConfirm={remove.run}
      error={<Trouble error={remove.error} />}
    >
      None of these codes will work any more. Without the phone, the user then needs your help.
    </Confirm>
  );
}
