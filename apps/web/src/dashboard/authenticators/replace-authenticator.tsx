import { Confirm } from '../../ui/confirm.tsx';
import { useAction } from '../action.ts';
import type { Authenticator } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { nameOf } from './authenticator-words.ts';
import type { Asked } from './begin.ts';

interface ReplaceProps {
  one: Authenticator;
  all: readonly Authenticator[];
  onStart: (asked: Asked) => Promise<void>;
  onClose: () => void;
}

/** The safe way to a new secret: the old one works until the first code of the new one. */
export function ReplaceAuthenticator({ one, all, onStart, onClose }: ReplaceProps) {
  const replace = useAction(() => onStart({ ...one, replaces: one.id }));
  const isOnly = all.filter(({ status }) => status === 'active').length === 1;
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Replace ${nameOf(one)}?`}
      action="Show QR code"
      busy={replace.pending && 'One moment…'}
      onConfirm={replace.run}
      error={<Trouble error={replace.error} />}
    >
      <p className="mb-3">
        You get a new QR code to scan. The old secret works until you type a code of the new one here, then it
        stops.
      </p>
      <p className="text-muted">
        Is the phone lost or stolen? Then {isOnly ? 'use Rotate' : 'remove this authenticator'} instead: that
        ends the old secret at once.
      </p>
    </Confirm>
  );
}
