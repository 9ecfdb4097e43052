import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/links.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Ago } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Link } from '../api.ts';
import { ErrorPanel } from './failed.tsx';
import { isOpen, type Purpose, purposeTitle } from './link-words.ts';
import { QueryView } from './query-view.tsx';
import { SendLink } from './send-link.tsx';

interface ClientLinksProps {
  clientId: string;
  purposes: readonly [Purpose, ...Purpose[]];
}

/** The links that a client can still use, each with a way to cancel it, and a new one. */
export function ClientLinks({ clientId, purposes }: ClientLinksProps) {
  const [sending, setSending] = useState(false);
  const queries = useQueryClient();
  const tell = useToast();
  const links = useQuery({
    queryKey: ['client', clientId, 'links'],
    queryFn: () => ask(api.GET('/api/totp/links', { params: { query: { clientId } } })),
  });
  const cancel = useAction(async ({ id }: Link) => {
    await ask(api.DELETE('/api/totp/links/{id}', { params: { path: { id } } }));
    tell(t.cancelled);
    await queries.invalidateQueries();
  });
  return (
    <Panel title={t.links} actions={<Button onClick={() => setSending(true)}>{t.sendLink}</Button>}>
      {cancel.error !== null && <ErrorPanel error={cancel.error} className="m-4" />}
      <QueryView query={links} skeleton={<SkeletonRows rows={1} height="h-13" />}>
        {({ data }) => (
          <Rows clientId={clientId} links={data.filter(isOpen)} onCancel={(link) => void cancel.run(link)} />
        )}
      </QueryView>
      {sending && <SendLink clientId={clientId} purposes={purposes} onClose={() => setSending(false)} />}
    </Panel>
  );
}

interface RowsProps {
  clientId: string;
  links: readonly Link[];
  onCancel: (link: Link) => void;
}

function Rows({ clientId, links, onCancel }: RowsProps) {
  if (links.length === 0) {
    return <p className="px-4 pb-5 text-14 sm:px-5">{t.noneOpen}</p>;
  }
  return (
    <ul aria-label={t.openLinksOf(clientId)} className="divide-y divide-border border-t border-border">
      {links.map((link) => (
        <li
          key={link.id}
          data-row
          className="flex items-center justify-between gap-4 px-4 py-3 text-14 sm:px-5"
        >
          <div className="flex min-w-0 flex-col gap-1">
            <h3 className="text-14 font-semibold">
              {purposeTitle(link.purpose)} <code className="font-normal text-muted">{link.id}</code>
            </h3>
            <dl className="flex flex-wrap gap-x-5 gap-y-1">
              <Fact name={t.made} at={link.createdAt} />
              <Fact name={t.begun} at={link.openedAt} />
              <Fact name={t.ends} at={link.expiresAt} />
            </dl>
          </div>
          <Button onClick={() => onCancel(link)} aria-label={t.cancelNamed(link.id)}>
            {t.cancelThis}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, at }: { name: string; at: string | null }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-muted">{name}</dt>
      <dd>
        <Ago at={at} />
      </dd>
    </div>
  );
}
