import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
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
      title={event === undefined ? `Event ${id}` : eventWords(event.event)}
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
        label="Event"
        tabs={[
          { value: 'facts', label: 'Facts', content: <EventFacts event={event} /> },
          {
            value: 'json',
            label: 'JSON',
            content: <CodeBlock text={JSON.stringify(event, null, 2)} label="The event as JSON" />,
          },
          { value: 'proof', label: 'Proof', content: <Proof id={event.id} /> },
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
        ['Time', <ExactTime key="time" at={event.createdAt} zone={zone} />],
        [
          'UTC',
          <code key="utc" className="break-all">
            {event.createdAt}
          </code>,
        ],
        ['Event', <code key="event">{event.event}</code>],
        [
          'User',
          clientId === null ? (
            'none'
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
                This user's log
              </Link>
            </span>
          ),
        ],
        [
          'By',
          <span key="actor">
            <Actor actor={event.actor} keyNames={keyNames} />{' '}
            <code className="break-all text-muted">{event.actor}</code>
          </span>,
        ],
        ['Address', event.ip === null ? 'none' : <code key="ip">{event.ip}</code>],
        [
          'User agent',
          event.userAgent === null ? (
            'none'
          ) : (
            <bdi key="agent" className="[overflow-wrap:anywhere]">
              {event.userAgent}
            </bdi>
          ),
        ],
        [
          'Request',
          event.requestId === null ? (
            'none'
          ) : (
            <code key="request" className="break-all">
              {event.requestId}
            </code>
          ),
        ],
        ['Place', `${event.id} in your log`],
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
          Event {id} is leaf {proof.data.leafIndex} of a tree of {proof.data.treeSize.toLocaleString('en')}{' '}
          events. Check it offline, with a checkpoint that you kept yourself: <code>kanda audit verify</code>.
        </Notice>
        <CodeBlock text={JSON.stringify(proof.data, null, 2)} label="The proof as JSON" copy="Copy proof" />
      </div>
    );
  }
  const pending = proof.error instanceof Problem && proof.error.code === 'checkpoint_pending';
  return (
    <div className="flex flex-col items-start gap-4 text-14">
      <p>
        The log is a Merkle tree, and its newest state is signed from time to time. A proof shows that this
        event is in it, in its place and unchanged.
      </p>
      {pending && <Notice tone="plain">The next checkpoint covers this event. Try again in a minute.</Notice>}
      {proof.error !== null && !pending && <ErrorPanel error={proof.error} />}
      <Button
        busy={proof.isFetching && 'Asking…'}
        onClick={() => (asked ? void proof.refetch() : setAsked(true))}
      >
        {pending ? 'Try again' : 'Get the proof'}
      </Button>
    </div>
  );
}
