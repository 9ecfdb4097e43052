import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { type Authenticator, api, ask } from '../api.ts';
import { ClientIdText } from '../parts/client-id-text.tsx';
import { Trouble } from '../parts/failed.tsx';
import { nameOf, titleOf } from './authenticator-words.ts';

interface RemoveProps {
  clientId: string;
  one: Authenticator;
  all: readonly Authenticator[];
  onClose: () => void;
}

/** Asks before it removes one; of the last it says why it cannot be removed. */
export function RemoveAuthenticator({ clientId, one, all, onClose }: RemoveProps) {
  const remove = useRemoval(clientId, one, t.isRemoved(nameOf(one)), onClose);
  const inUse = all.filter(({ status }) => status === 'active');
  if (inUse.length === 1) return <LastOne one={one} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.removeNamed(nameOf(one))}
      action={t.remove}
      look="danger"
      busy={remove.pending && t.removing}
      onConfirm={remove.run}
      error={<Trouble error={remove.error} />}
    >
      {t.removeMeans(<ClientIdText clientId={clientId} wraps />)}
    </Confirm>
  );
}

function LastOne({ one, onClose }: { one: Authenticator; onClose: () => void }) {
  return (
    <Dialog open title={t.cannotRemove(nameOf(one))} onClose={onClose}>
      <p className="text-14">{t.isOnlyOne}</p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {t.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** Ends one that waits for its first code. A client that has nothing else goes with it. */
export function CancelPending({ clientId, one, all, onClose }: RemoveProps) {
  const navigate = useNavigate();
  const isAll = all.length === 1;
  const what = titleOf(one, all);
  const cancel = useRemoval(clientId, one, t.isCancelled(what), async () => {
    onClose();
    if (isAll) await navigate({ to: '/dashboard/clients' });
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.cancelWhat(what)}
      action={t.cancelIt}
      look="danger"
      busy={cancel.pending && t.cancelling}
      onConfirm={cancel.run}
      error={<Trouble error={cancel.error} />}
    >
      {t.qrStops}
      {isAll ? t.userGoes(clientId) : t.nothingElse}
    </Confirm>
  );
}

function useRemoval(
  clientId: string,
  { id }: Authenticator,
  text: string,
  onGone: () => void | Promise<void>,
) {
  const queries = useQueryClient();
  const tell = useToast();
  return useAction(async () => {
    const params = { path: { clientId, authenticatorId: id } };
    await ask(api.DELETE('/api/totp/clients/{clientId}/authenticators/{authenticatorId}', { params }));
    tell(text);
    await onGone();
    await queries.invalidateQueries();
  });
}
