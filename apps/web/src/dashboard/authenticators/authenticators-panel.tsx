import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { type Authenticator, api, ask, type Client, type Enrolled } from '../api.ts';
import { QueryView } from '../parts/query-view.tsx';
import { policyQuery } from '../policy.ts';
import { AddAuthenticator } from './add-authenticator.tsx';
import { AuthenticatorRow } from './authenticator-row.tsx';
import { nameOf } from './authenticator-words.ts';
import { type Asked, begin } from './begin.ts';
import { FirstCodeDialog } from './first-code-dialog.tsx';
import { CancelPending, RemoveAuthenticator } from './remove-authenticator.tsx';
import { RenameAuthenticator } from './rename-authenticator.tsx';
import { ReplaceAuthenticator } from './replace-authenticator.tsx';
import { ResyncAuthenticator } from './resync-authenticator.tsx';

/** What is asked about one of them, or about a new one. */
export type Question =
  | { kind: 'add' }
  | { kind: 'replace' | 'rename' | 'resync' | 'remove' | 'cancel'; one: Authenticator };

interface Begun {
  asked: Asked;
  enrolled: Enrolled;
}

/** A client's authenticators, and all that can be done with each. */
export function AuthenticatorsPanel({ client }: { client: Client }) {
  const { clientId } = client;
  const [question, setQuestion] = useState<Question | null>(null);
  const [begun, setBegun] = useState<Begun | null>(null);
  const queries = useQueryClient();
  const policy = useQuery(policyQuery);
  const authenticators = useQuery({
    queryKey: ['client', clientId, 'authenticators'],
    queryFn: () =>
      ask(api.GET('/api/totp/clients/{clientId}/authenticators', { params: { path: { clientId } } })),
    // One that is not confirmed in time is seen to go.
    refetchInterval: ({ state }) => untilExpiry(state.data?.data),
  });
  const start = async (asked: Asked) => {
    setBegun({ asked, enrolled: await begin(client, asked) });
    setQuestion(null);
    await queries.invalidateQueries();
  };
  const all = authenticators.data?.data ?? [];
  return (
    <Panel
      title={t.authenticators}
      actions={
        <Button icon="plus" onClick={() => setQuestion({ kind: 'add' })}>
          {t.addShort}
        </Button>
      }
    >
      <QueryView query={authenticators} skeleton={<SkeletonRows rows={1} height="h-24" />}>
        {({ data }) => (
          <ul
            aria-label={t.authenticatorsOf(clientId)}
            className="divide-y divide-border border-t border-border"
          >
            {data.map((one) => (
              <AuthenticatorRow
                key={one.id}
                one={one}
                others={data}
                isFollowed={policy.data?.policy.followDrift === true}
                onAsk={setQuestion}
                onShowAgain={() => start(one)}
              />
            ))}
          </ul>
        )}
      </QueryView>
      <Questions
        client={client}
        all={all}
        question={question}
        onStart={start}
        onClose={() => setQuestion(null)}
      />
      {begun !== null && (
        <FirstCodeDialog
          {...wordsOf(begun.asked, client, all)}
          enrolled={begun.enrolled}
          issuer={client.issuer}
          label={client.label}
          digits={begun.asked.digits}
          isToken={begun.asked.token !== undefined}
          onRestart={() => start(begun.asked)}
          onClose={() => setBegun(null)}
        />
      )}
    </Panel>
  );
}

function untilExpiry(authenticators: readonly Authenticator[] | undefined): number | false {
  const ends = (authenticators ?? []).flatMap(({ expiresAt }) =>
    expiresAt === null ? [] : Date.parse(expiresAt),
  );
  return ends.length === 0 ? false : Math.max(1_000, Math.min(...ends) - Date.now() + 500);
}

function wordsOf({ name, replaces }: Asked, { clientId, status }: Client, all: readonly Authenticator[]) {
  const named = name ?? clientId;
  if (replaces !== null) {
    const old = all.find(({ id }) => id === replaces);
    const what = old === undefined ? t.theOldSecret : nameOf(old);
    return {
      title: t.replaceWhat(old === undefined ? t.theSecretObject : nameOf(old)),
      meanwhile: t.worksUntil(what),
      confirmed: t.newInUse,
    };
  }
  if (status === 'pending') {
    return {
      title: t.enrolUser(clientId),
      meanwhile: t.untilRightCode(clientId),
      confirmed: t.canLogIn(clientId),
    };
  }
  return {
    title: t.addNamed(name ?? t.anAuthenticator),
    meanwhile: t.othersWork,
    confirmed: t.isInUse(named),
  };
}

interface QuestionsProps {
  client: Client;
  all: readonly Authenticator[];
  question: Question | null;
  onStart: (asked: Asked) => Promise<void>;
  onClose: () => void;
}

function Questions({ client, all, question, onStart, onClose }: QuestionsProps) {
  if (question === null) return null;
  const { clientId } = client;
  if (question.kind === 'add')
    return <AddAuthenticator client={client} onStart={onStart} onClose={onClose} />;
  const { one } = question;
  switch (question.kind) {
    case 'replace':
      return <ReplaceAuthenticator one={one} all={all} onStart={onStart} onClose={onClose} />;
    case 'rename':
      return <RenameAuthenticator clientId={clientId} one={one} onClose={onClose} />;
    case 'resync':
      return <ResyncAuthenticator clientId={clientId} one={one} onClose={onClose} />;
    case 'remove':
      return <RemoveAuthenticator clientId={clientId} one={one} all={all} onClose={onClose} />;
    case 'cancel':
      return <CancelPending clientId={clientId} one={one} all={all} onClose={onClose} />;
  }
}
