import { t } from '../../texts/authenticators.ts';
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
      title={t.replaceNamed(nameOf(one))}
      action={t.showQr}
      busy={replace.pending && t.oneMoment}
      onConfirm={replace.run}
      error={<Trouble error={replace.error} />}
    >
      <p className="mb-3">{t.replaceMeans}</p>
      <p className="text-muted">{t.lostThen(isOnly ? t.useRotate : t.removeThis)}</p>
    </Confirm>
  );
}
