import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
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
  const remove = useRemoval(clientId, one, `${nameOf(one)} is removed.`, onClose);
  const inUse = all.filter(({ status }) => status === 'active');
  if (inUse.length === 1) return <LastOne one={one} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Remove ${nameOf(one)}?`}
      action="Remove"
      look="danger"
      busy={remove.pending && 'Removing…'}
      onConfirm={remove.run}
      error={<Trouble error={remove.error} />}
    >
      Its codes are refused from then on, and its secret cannot be brought back. The other authenticators of{' '}
      <ClientIdText clientId={clientId} wraps /> work as before. Trusted browsers end.
    </Confirm>
  );
}

function LastOne({ one, onClose }: { one: Authenticator; onClose: () => void }) {
  return (
    <Dialog open title={`${nameOf(one)} cannot be removed`} onClose={onClose}>
      <p className="text-14">
        It is the only authenticator in use: without it no code of this user could be right. Replace it, add
        another one first, or delete the user.
      </p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          Close
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
  const cancel = useRemoval(clientId, one, `${what} is cancelled.`, async () => {
    onClose();
    if (isAll) await navigate({ to: '/dashboard/clients' });
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Cancel ${what}?`}
      action="Cancel it"
      look="danger"
      busy={cancel.pending && 'Cancelling…'}
      onConfirm={cancel.run}
      error={<Trouble error={cancel.error} />}
    >
      Its QR code stops working.{' '}
      {isAll ? `${clientId} has no other authenticator, so the user goes with it.` : 'Nothing else changes.'}
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
