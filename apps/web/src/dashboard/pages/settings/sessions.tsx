import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../../texts/settings.ts';
import { Button } from '../../../ui/button.tsx';
import { Confirm } from '../../../ui/confirm.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { SkeletonRows } from '../../../ui/skeleton.tsx';
import { StatusBadge } from '../../../ui/status-badge.tsx';
import { Ago } from '../../../ui/time.tsx';
import { useToast } from '../../../ui/toast.tsx';
import { useAction } from '../../action.ts';
import { api, ask, type Session } from '../../api.ts';
import { ErrorPanel } from '../../parts/failed.tsx';
import { QueryView } from '../../parts/query-view.tsx';

export function SessionSettings() {
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: () => ask(api.GET('/api/auth/sessions')),
  });
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const tell = useToast();
  const endOne = useAction(async (id: string) => {
    await ask(api.DELETE('/api/auth/sessions/{id}', { params: { path: { id } } }));
    tell(t.sessionEnded);
    await queries.invalidateQueries({ queryKey: ['sessions'] });
  });
  const endOthers = useAction(async () => {
    await ask(api.DELETE('/api/auth/sessions'));
    setAsked(false);
    tell(t.othersEnded);
    await queries.invalidateQueries({ queryKey: ['sessions'] });
  });
  const others = sessions.data?.data.some(({ current }) => !current) === true;
  return (
    <Panel
      title={t.sessions}
      actions={
        <Button disabled={!others} onClick={() => setAsked(true)}>
          {t.endOthers}
        </Button>
      }
    >
      {endOne.error !== null && <ErrorPanel error={endOne.error} className="m-4" />}
      <QueryView query={sessions} skeleton={<SkeletonRows rows={2} height="h-20" />}>
        {({ data }) => (
          <ul className="divide-y divide-border border-t border-border">
            {data.map((session) => (
              <SessionRow key={session.id} session={session} onEnd={() => void endOne.run(session.id)} />
            ))}
          </ul>
        )}
      </QueryView>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t.endOthersQuestion}
        action={t.endOthers}
        busy={endOthers.pending && t.ending}
        onConfirm={() => void endOthers.run()}
        error={endOthers.error === null ? null : <ErrorPanel error={endOthers.error} className="mt-4" />}
      >
        {t.endOthersMeans}
      </Confirm>
    </Panel>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { current, ip, userAgent, createdAt, lastSeenAt } = session;
  return (
    <li data-row className="flex items-center justify-between gap-4 px-4 py-3 text-14 sm:px-5">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <code>{ip ?? t.unknownAddress}</code>
          {current && (
            <StatusBadge tone="success" icon="accepted">
              {t.thisOne}
            </StatusBadge>
          )}
        </p>
        <p className="line-clamp-2 text-muted [overflow-wrap:anywhere]">
          <bdi>{userAgent ?? t.noUserAgent}</bdi>
        </p>
        <p className="text-muted">{t.begun(<Ago at={createdAt} />, <Ago at={lastSeenAt} />)}</p>
      </div>
      {!current && <Button onClick={onEnd}>{t.end}</Button>}
    </li>
  );
}
