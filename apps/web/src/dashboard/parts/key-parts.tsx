import { useQueryClient } from '@tanstack/react-query';
import { t } from '../../texts/keys.ts';
import { ConfirmByName } from '../../ui/confirm.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Ago, useNow } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { type ApiKey, api, ask } from '../api.ts';
import { scopeWords } from '../event-words.ts';
import { forgetMadeKey } from '../made-key.ts';
import { ErrorPanel } from './failed.tsx';

/** What the list of keys and the page of one show alike. */

export function Scopes({ scopes }: { scopes: ApiKey['scopes'] }) {
  return (
    <ul className="flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <li
          key={scope}
          title={scopeWords(scope).title}
          className="rounded-badge bg-sunken px-1.5 py-0.5 font-mono text-12 whitespace-nowrap"
        >
          {scope}
        </li>
      ))}
    </ul>
  );
}

/** When it expires; of one that has, that it has. */
export function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (at !== null && Date.parse(at) <= now) {
    return (
      <StatusBadge tone="danger" icon="refused">
        {t.expired}
      </StatusBadge>
    );
  }
  return <Ago at={at} />;
}

interface RevokeProps {
  apiKey: ApiKey | null;
  onClose: () => void;
  onRevoked?: () => void;
}

/** Asks before a key is revoked. */
export function Revoke({ apiKey, onClose, onRevoked }: RevokeProps) {
  const queries = useQueryClient();
  const tell = useToast();
  const revoke = useAction(async ({ id, name }: ApiKey) => {
    await ask(api.DELETE('/api/keys/{id}', { params: { path: { id } } }));
    forgetMadeKey(id);
    tell(t.isRevoked(name));
    onClose();
    onRevoked?.();
    await queries.invalidateQueries();
  });
  if (apiKey === null) return null;
  return (
    <ConfirmByName
      open
      onClose={() => {
        revoke.reset();
        onClose();
      }}
      title={t.revokeThis}
      name={apiKey.name}
      noun={t.keysName}
      action={t.revoke}
      busy={revoke.pending && t.revoking}
      onConfirm={() => void revoke.run(apiKey)}
      error={revoke.error === null ? null : <ErrorPanel error={revoke.error} className="mt-4" />}
    >
      {t.revokeMeans}
    </ConfirmByName>
  );
}
