import { Link } from '@tanstack/react-router';
import { t } from '../../texts/clients.ts';
import { ClientStatus, StatusBadge, WeakSecretBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, SecondLine, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import type { Client } from '../api.ts';
import { isOfPhone } from '../kept-phone.ts';
import { useMode } from '../mode.ts';
import { ClientIdText } from './client-id-text.tsx';

/** A page of the list, newest first. */
export function ClientTable({ clients }: { clients: readonly Client[] }) {
  return (
    <Table
      caption={t.tableCaption}
      columns={[
        { label: t.userIdHead },
        { label: t.label, wide: true },
        { label: t.status, wide: true },
        { label: t.lastSuccess, wide: true },
        { label: t.created, wide: true, right: true },
      ]}
    >
      {clients.map((client) => (
        <tr key={client.clientId} data-row className={ROW_CLASS}>
          <Cell className="max-w-0 lg:w-1/4 2xl:w-2/5">
            <Link
              to="/dashboard/clients/$clientId"
              params={{ clientId: client.clientId }}
              className={`${ROW_LINK_CLASS} block truncate font-mono`}
            >
              <ClientIdText clientId={client.clientId} />
            </Link>
            <SecondLine>
              <Badges client={client} />
              <bdi className="truncate">{client.label}</bdi>
            </SecondLine>
          </Cell>
          <Cell wide className="w-1/3 max-w-0 truncate">
            <bdi>{client.label}</bdi> <span className="text-muted max-lg:hidden">· </span>
            <bdi className="text-muted max-lg:hidden">{client.issuer}</bdi>
          </Cell>
          <Cell wide>
            <span className="flex flex-wrap gap-2 2xl:flex-nowrap">
              <Badges client={client} />
            </span>
          </Cell>
          <Cell wide className="text-muted">
            <Ago at={client.lastAcceptedAt} />
          </Cell>
          <Cell wide right className="text-muted">
            <Ago at={client.createdAt} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Badges({ client }: { client: Client }) {
  const isMadeUp = useMode() === 'test' && isOfPhone(client);
  return (
    <>
      <ClientStatus status={client.status} />
      {client.weakSecret && <WeakSecretBadge />}
      {isMadeUp && (
        <StatusBadge tone="neutral" icon="playground">
          {t.simulated}
        </StatusBadge>
      )}
    </>
  );
}
