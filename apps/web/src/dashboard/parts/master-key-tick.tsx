import { useQueryClient } from '@tanstack/react-query';
import { t } from '../../texts/start.ts';
import { Checkbox } from '../../ui/field.tsx';
import { useAction } from '../action.ts';
import { api, ask, type GettingStarted } from '../api.ts';
import { gettingStartedQuery } from '../getting-started.ts';
import { ErrorPanel } from './failed.tsx';

const SHOWN_OF_AN_ID = 8;

/** The one step that no server can see: its owner says that this very key has a copy. */
export function MasterKeyTick({
  installation,
}: {
  installation: NonNullable<GettingStarted['installation']>;
}) {
  const { masterKeyId, masterKeySaved } = installation;
  const queries = useQueryClient();
  const tick = useAction(async (saved: boolean) => {
    const body = { masterKeySaved: saved ? masterKeyId : null };
    queries.setQueryData(
      gettingStartedQuery.queryKey,
      await ask(api.PATCH('/api/auth/getting-started', { body })),
    );
  });
  return (
    <div className="mt-1">
      <Checkbox
        checked={masterKeySaved}
        disabled={tick.pending}
        onChange={({ target }) => void tick.run(target.checked)}
        label={t.keepCopy(<code>{masterKeyId.slice(0, SHOWN_OF_AN_ID)}…</code>)}
      />
      {tick.error !== null && <ErrorPanel error={tick.error} className="mt-2" />}
    </div>
  );
}
