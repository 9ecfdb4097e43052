import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/clients.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Confirm, ConfirmByName } from '../../ui/confirm.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageHeader } from '../../ui/panel.tsx';
import { ClientStatus } from '../../ui/status-badge.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Client, type Enrolled } from '../api.ts';
import { checkClientCode, checkNote } from './check-client.ts';
import { ClientIdText } from './client-id-text.tsx';
import { ErrorPanel, Trouble } from './failed.tsx';
import { SecretOnce } from './secret-once.tsx';
import { ShownOnce } from './shown-once.tsx';

interface QuestionProps {
  client: Client;
  open: boolean;
  onClose: () => void;
}

/** The client's name and status, and what can be done with it as a whole. */
export function ClientHeader({ client }: { client: Client }) {
  const { clientId, status } = client;
  const [question, setQuestion] = useState<'rotate' | 'disable' | 'delete' | null>(null);
  const change = useChange(client);
  const enable = useAction(() => change('enable'));
  const able =
    status === 'disabled'
      ? { label: t.enable, onSelect: () => void enable.run() }
      : { label: t.disable, onSelect: () => setQuestion('disable') };
  // What waits for its first code is confirmed or cancelled, not replaced.
  const rotate = status === 'pending' ? [] : [{ label: t.rotate, onSelect: () => setQuestion('rotate') }];
  const dialogFor = (kind: typeof question) => ({
    client,
    open: question === kind,
    onClose: () => setQuestion(null),
  });
  return (
    <>
      <PageHeader
        name={clientId}
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-mono break-all">
              <ClientIdText clientId={clientId} wraps />
            </span>
            <ClientStatus status={status} />
          </span>
        }
        actions={
          <>
            <div className="flex gap-2 max-sm:hidden">
              {[...rotate, able].map(({ label, onSelect }) => (
                <Button key={label} onClick={onSelect}>
                  {label}
                </Button>
              ))}
              <Button look="warning" onClick={() => setQuestion('delete')}>
                {t.delete}
              </Button>
            </div>
            <div className="sm:hidden">
              <Menu
                trigger={<IconButton icon="more" label={t.actions} />}
                items={[
                  ...rotate,
                  able,
                  { label: t.delete, onSelect: () => setQuestion('delete'), danger: true },
                ]}
              />
            </div>
          </>
        }
      />
      {enable.error !== null && <ErrorPanel error={enable.error} className="mb-4" />}
      <Rotate {...dialogFor('rotate')} />
      <Disable {...dialogFor('disable')} />
      <Delete {...dialogFor('delete')} />
    </>
  );
}

/** Disables or enables, and says so. */
function useChange({ clientId }: Client) {
  const queries = useQueryClient();
  const tell = useToast();
  return async (to: 'disable' | 'enable') => {
    await ask(api.POST(`/api/totp/clients/{clientId}/${to}`, { params: { path: { clientId } } }));
    tell(to === 'disable' ? t.isDisabled(clientId) : t.isEnabled(clientId));
    await queries.invalidateQueries();
  };
}

/** Ends every secret at once: for a phone that is lost. */
function Rotate({ client, open, onClose }: QuestionProps) {
  const { clientId, authenticators } = client;
  const [rotated, setRotated] = useState<Enrolled | null>(null);
  const [proven, setProven] = useState(false);
  const queries = useQueryClient();
  const rotate = useAction(async () => {
    const params = { path: { clientId } };
    setRotated(await ask(api.POST('/api/totp/rotate/{clientId}', { params, body: { qr: 'none' } })));
    setProven(false);
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <>
      <ConfirmByName
        open={open}
        onClose={() => {
          rotate.reset();
          onClose();
        }}
        title={t.rotateSecret}
        name={clientId}
        noun={t.userId}
        action={t.rotate}
        busy={rotate.pending && t.rotating}
        onConfirm={rotate.run}
        error={<Trouble error={rotate.error} />}
      >
        {t.rotateMeans(authenticators > 1 ? t.allSecretsStop(authenticators) : t.secretStops)}
      </ConfirmByName>
      {rotated !== null && (
        <ShownOnce
          shape="wide"
          proven={proven}
          title={t.newSecretOf(clientId)}
          what={t.theSecret}
          tick={t.savedSecret}
          onDone={() => setRotated(null)}
        >
          <SecretOnce
            secret={rotated.secret}
            otpauthUrl={rotated.otpauthUrl}
            issuer={client.issuer}
            label={client.label}
            digits={client.digits}
            note={checkNote()}
            onCheck={(code) => checkClientCode(clientId, code)}
            onAccepted={() => setProven(true)}
          />
        </ShownOnce>
      )}
    </>
  );
}

function Disable({ client, open, onClose }: QuestionProps) {
  const change = useChange(client);
  const disable = useAction(async () => {
    await change('disable');
    onClose();
  });
  return (
    <Confirm
      open={open}
      onClose={() => {
        disable.reset();
        onClose();
      }}
      title={t.disableUser(client.clientId)}
      action={t.disable}
      busy={disable.pending && t.disabling}
      onConfirm={disable.run}
      error={<Trouble error={disable.error} />}
    >
      {t.disableMeans}
    </Confirm>
  );
}

function Delete({ client: { clientId }, open, onClose }: QuestionProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useToast();
  const remove = useAction(async () => {
    await ask(api.DELETE('/api/totp/clients/{clientId}', { params: { path: { clientId } } }));
    tell(t.isDeleted(clientId));
    await navigate({ to: '/dashboard/clients' });
    queries.removeQueries({ queryKey: ['client', clientId] });
    await queries.invalidateQueries();
  });
  return (
    <ConfirmByName
      open={open}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      title={t.deleteUser}
      name={clientId}
      noun={t.userId}
      action={t.delete}
      busy={remove.pending && t.deleting}
      onConfirm={remove.run}
      error={<Trouble error={remove.error} />}
    >
      {t.deleteMeans}
    </ConfirmByName>
  );
}
