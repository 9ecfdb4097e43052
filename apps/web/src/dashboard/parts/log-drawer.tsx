import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/log.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { numberWords } from '../../ui/formats.ts';
import { Facts, Notice } from '../../ui/panel.tsx';
import { Loading, Skeleton } from '../../ui/skeleton.tsx';
import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { ExactTime } from '../../ui/time.tsx';
import { api, ask, type LoggedEvent, Problem } from '../api.ts';
import { eventTone } from '../event-tone.ts';
import { eventWords, reasonWords } from '../event-words.ts';
import { useKeyNames } from '../key-names.ts';
import { useLogView } from '../log-view.ts';
import { Actor } from './actor.tsx';
import { ClientIdText } from './client-id-text.tsx';
import { ErrorPanel } from './failed.tsx';

interface LogDrawerProps {
  id: number;
  /** The event when the list has it already. */
  known: LoggedEvent | null;
  onClose: () => void;
}

/** One event, whole. Its address can be handed on. */
export function LogDrawer({ id, known, onClose }: LogDrawerProps) {
  const fetched = useQuery({
    queryKey: ['event', id],
    queryFn: () => ask(api.GET('/api/logs/{id}', { params: { path: { id: String(id) } } })),
    enabled: known === null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const event = known ?? fetched.data;
  return (
    <Dialog
      open
      shape="side"
      title={event === undefined ? t.eventNumber(id) : eventWords(event.event)}
      onClose={onClose}
    >
      {event !== undefined ? (
        <Whole event={event} />
      ) : fetched.error !== null ? (
        <ErrorPanel error={fetched.error} onRetry={() => void fetched.refetch()} />
      ) : (
        <Loading>
          <Skeleton className="h-80 w-full" />
        </Loading>
      )}
    </Dialog>
  );
}

function Whole({ event }: { event: LoggedEvent }) {
  const reason = reasonWords(event);
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-3 text-14">
        <OutcomeBadge outcome={eventTone(event)} />
        {reason !== null && <p className="[overflow-wrap:anywhere]">{reason}</p>}
      </div>
      <Tabs
        label={t.event}
        tabs={[
          { value: 'facts', label: t.facts, content: <EventFacts event={event} /> },
          {
            value: 'json',
            label: 'JSON',
            content: <CodeBlock text={JSON.stringify(event, null, 2)} label={t.asJson} />,
          },
          { value: 'proof', label: t.proof, content: <Proof id={event.id} /> },
        ]}
      />
    </>
  );
}

function EventFacts({ event }: { event: LoggedEvent }) {
  const keyNames = useKeyNames();
  const { zone } = useLogView();
  const { clientId } = event;
  return (
    <Facts
      facts={[
        [t.time, <ExactTime key="time" at={event.createdAt} zone={zone} />],
        [
          'UTC',
          <code key="utc" className="break-all">
            {event.createdAt}
          </code>,
        ],
        [t.event, <code key="event">{event.event}</code>],
        [
          t.user,
          clientId === null ? (
            t.none
          ) : (
            <span key="client" className="flex flex-wrap gap-x-3">
              <Link
                to="/dashboard/clients/$clientId"
                params={{ clientId }}
                className="font-mono break-all text-accent underline"
              >
                <ClientIdText clientId={clientId} wraps />
              </Link>
              <Link to="/dashboard/logs" search={{ clientId }} className="text-accent underline">
                {t.usersLog}
              </Link>
            </span>
          ),
        ],
        [
          t.by,
          <span key="actor">
            <Actor actor={event.actor} keyNames={keyNames} />{' '}
            <code className="break-all text-muted">{event.actor}</code>
          </span>,
        ],
        [t.address, event.ip === null ? t.none : <code key="ip">{event.ip}</code>],
        [
          t.userAgent,
          event.userAgent === null ? (
            t.none
          ) : (
            <bdi key="agent" className="[overflow-wrap:anywhere]">
              {event.userAgent}
            </bdi>
          ),
        ],
        [
          t.request,
          event.requestId === null ? (
            t.none
          ) : (
            <code key="request" className="break-all">
              {event.requestId}
            </code>
          ),
        ],
        [t.place, t.inYourLog(event.id)],
      ]}
    />
  );
}

/** The event's place in the log's tree, as the server proves it. */
function Proof({ id }: { id: number }) {
  const [asked, setAsked] = useState(false);
  const proof = useQuery({
    queryKey: ['proof', id],
    queryFn: () => ask(api.GET('/api/logs/{id}/proof', { params: { path: { id: String(id) } } })),
    enabled: asked,
  });
  if (proof.data !== undefined) {
    return (
      <div className="flex flex-col gap-4 text-14">
        <Notice tone="plain">
          {t.leafOf(id, proof.data.leafIndex, numberWords(proof.data.treeSize), (words) => (
            <code>{words}</code>
          ))}
        </Notice>
        <CodeBlock text={JSON.stringify(proof.data, null, 2)} label={t.proofJson} copy={t.copyProof} />
      </div>
    );
  }
  const pending = proof.error instanceof Problem && proof.error.code === 'checkpoint_pending';
  return (
    <div className="flex flex-col items-start gap-4 text-14">
      <p>{t.merkle}</p>
      {pending && <Notice tone="plain">{t.nextCheckpoint}</Notice>}
      {proof.error !== null && !pending && <ErrorPanel error={proof.error} />}
      <Button
        busy={proof.isFetching && t.asking}
        onClick={() => (asked ? void proof.refetch() : setAsked(true))}
      >
        {pending ? t.tryAgain : t.getProof}
      </Button>
    </div>
  );
}
