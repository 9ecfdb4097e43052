import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useSeconds } from '../../ui/time.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Enrolled, type Verdict } from '../api.ts';
import { wasRepeated } from './check-client.ts';
import { ErrorPanel } from './failed.tsx';

interface Attempt {
  code: string;
  verdict: Verdict;
  /** It had been accepted before. */
  repeated: boolean;
}

/**
 * A phone for users without one at hand: it enrols a client of its own and computes the codes in this page, from a
 * secret that goes with the page. What it sends is judged like any other code.
 */
export function SimulatedPhone() {
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
  const [attempts, setAttempts] = useState<readonly Attempt[]>([]);
  const queries = useQueryClient();

  const begin = useAction(async () => {
    const clientId = `playground-${Date.now().toString(36)}`;
    const body = { clientId, label: 'Simulated phone', issuer: 'Playground', qr: 'none' as const };
    setEnrolled(await ask(api.POST('/api/totp/register', { body })));
    setAttempts([]);
    await queries.invalidateQueries();
  });
  const check = useAction(async (clientId: string, code: string) => {
    const verdict = await ask(api.POST('/api/totp/validate', { body: { clientId, token: code } }));
    const repeated = !verdict.valid && (await wasRepeated(clientId, verdict));
    setAttempts((before) => [...before, { code, verdict, repeated }].slice(-6));
  });
  const remove = useAction(async (clientId: string) => {
    await ask(api.DELETE('/api/totp/clients/{clientId}', { params: { path: { clientId } } }));
    setEnrolled(null);
    setAttempts([]);
    await queries.invalidateQueries();
  });

  const last = attempts.at(-1);
  const error = begin.error ?? check.error ?? remove.error;
  return (
    <Panel title="Simulated phone">
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        {enrolled === null ? (
          <>
            <p className="text-14 text-muted">
              Enrols a client for trying, and shows its codes as a phone would. See a code accepted once, and
              refused the second time.
            </p>
            <Button look="primary" onClick={() => void begin.run()} busy={begin.pending && 'Enrolling…'}>
              Get a phone
            </Button>
          </>
        ) : (
          <>
            <p className="font-mono text-14 break-all text-muted">{enrolled.clientId}</p>
            <PhoneScreen
              secret={enrolled.secret}
              pending={check.pending}
              onSend={(code) => void check.run(enrolled.clientId, code)}
            />
            {last !== undefined && (
              <Button disabled={check.pending} onClick={() => void check.run(enrolled.clientId, last.code)}>
                Send it again
              </Button>
            )}
            <Attempts attempts={attempts} />
            <Button
              look="warning"
              busy={remove.pending && 'Deleting…'}
              onClick={() => void remove.run(enrolled.clientId)}
            >
              Delete this client
            </Button>
          </>
        )}
        {error !== null && <ErrorPanel error={error} />}
      </div>
    </Panel>
  );
}

interface PhoneScreenProps {
  secret: string;
  pending: boolean;
  onSend: (code: string) => void;
}

/** The countdown is a number, and is not read out. */
function PhoneScreen({ secret, pending, onSend }: PhoneScreenProps) {
  const now = useSeconds();
  const key = useMemo(() => createHotpKey(decodeBase32(secret), DEFAULT_PARAMETERS.algorithm), [secret]);
  const code = totp(key, now, DEFAULT_PARAMETERS);
  const left = DEFAULT_PARAMETERS.period - (Math.floor(now / 1000) % DEFAULT_PARAMETERS.period);
  return (
    <div className="flex flex-col gap-3 rounded-dialog border border-edge bg-sunken p-4">
      <div className="flex items-baseline justify-between">
        <span data-phone-code className="font-mono text-28 tracking-[0.12em]">
          {code}
        </span>
        <span className="font-mono text-14 text-muted" aria-hidden="true">
          {left} s
        </span>
      </div>
      <Button look="primary" disabled={pending} onClick={() => onSend(code)}>
        Send this code
      </Button>
    </div>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <ol role="status" className="flex flex-col gap-3 text-14">
      {attempts.map(({ code, verdict, repeated }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are only ever added at the end
        <li key={index} className="flex flex-col gap-1">
          <span className="flex items-center gap-2">
            <code>{code}</code>
            <StatusBadge
              tone={verdict.valid ? 'success' : 'danger'}
              icon={verdict.valid ? 'accepted' : 'refused'}
            >
              {verdict.valid ? 'Accepted' : 'Refused'}
            </StatusBadge>
          </span>
          {repeated && <span>Already accepted once. That is the protection.</span>}
          <code className="text-12 break-all text-muted">{JSON.stringify(verdict)}</code>
        </li>
      ))}
    </ol>
  );
}
