import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { t } from '../../texts/playground.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Panel } from '../../ui/panel.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useSeconds } from '../../ui/time.tsx';
import { useAccount } from '../account.ts';
import { useAction } from '../action.ts';
import { api, ask, Problem, type Verdict } from '../api.ts';
import {
  forgetPhone,
  type KeptPhone,
  keepPhone,
  keptPhone,
  PHONE_NAMES,
  PHONE_PREFIX,
} from '../kept-phone.ts';
import { showHalf, useMode } from '../mode.ts';
import { wasRepeated } from './check-client.ts';
import { ErrorPanel } from './failed.tsx';

interface Attempt {
  code: string;
  verdict: Verdict;
  /** It had been accepted before. */
  repeated: boolean;
}

/**
 * A phone for users without one at hand, in the test half: it enrols a user of its own and computes the codes in this page.
 * What it sends is judged like any other code. It is kept in this browser until it is deleted or you sign out.
 */
export function SimulatedPhone() {
  const mode = useMode();
  return (
    <Panel title={t.simulatedPhone}>
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        {mode === 'test' ? (
          <TestPhone />
        ) : (
          <>
            <p className="text-14 text-muted">{t.noPhone}</p>
            <Button onClick={() => showHalf('test', '/dashboard/playground')}>{t.openTestHalf}</Button>
          </>
        )}
      </div>
    </Panel>
  );
}

function TestPhone() {
  const { userId } = useAccount();
  const [phone, setPhone] = useState<KeptPhone | null>(() => keptPhone(userId));
  const [attempts, setAttempts] = useState<readonly Attempt[]>([]);
  const queries = useQueryClient();
  const leave = () => {
    forgetPhone();
    setPhone(null);
    setAttempts([]);
  };
  useGone(phone, leave);

  const begin = useAction(async () => {
    const asked = `${PHONE_PREFIX}${Date.now().toString(36)}`;
    const body = { clientId: asked, ...PHONE_NAMES, qr: 'none' as const };
    const { clientId, secret } = await ask(api.POST('/api/totp/register', { body }));
    keepPhone({ userId, clientId, secret });
    setPhone({ userId, clientId, secret });
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
    leave();
    await queries.invalidateQueries();
  });

  const last = attempts.at(-1);
  const error = begin.error ?? check.error ?? remove.error;
  return (
    <>
      {phone === null ? (
        <NoPhone pending={begin.pending} onGet={() => void begin.run()} />
      ) : (
        <>
          <p className="font-mono text-14 break-all text-muted">{phone.clientId}</p>
          <PhoneScreen
            secret={phone.secret}
            pending={check.pending}
            onSend={(code) => void check.run(phone.clientId, code)}
          />
          {last !== undefined && (
            <Button disabled={check.pending} onClick={() => void check.run(phone.clientId, last.code)}>
              {t.sendAgain}
            </Button>
          )}
          <Attempts attempts={attempts} />
          <Button
            look="warning"
            busy={remove.pending && t.deleting}
            onClick={() => void remove.run(phone.clientId)}
          >
            {t.deleteUser}
          </Button>
        </>
      )}
      {error !== null && <ErrorPanel error={error} />}
    </>
  );
}

function NoPhone({ pending, onGet }: { pending: boolean; onGet: () => void }) {
  return (
    <>
      <p className="text-14 text-muted">{t.phoneText}</p>
      <Button look="primary" onClick={onGet} busy={pending && t.enrolling}>
        {t.getPhone}
      </Button>
    </>
  );
}

/** Calls `leave` when the phone's user is no more: another tab, or a call, has deleted it. */
function useGone(phone: KeptPhone | null, leave: () => void): void {
  const clientId = phone?.clientId ?? '';
  const { error } = useQuery({
    queryKey: ['clients', 'phone', clientId],
    queryFn: () => ask(api.GET('/api/totp/clients/{clientId}', { params: { path: { clientId } } })),
    enabled: phone !== null,
    retry: false,
  });
  const isGone = phone !== null && error instanceof Problem && error.code === 'client_not_found';
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is left once, whatever `leave` is by then
  useEffect(() => {
    if (isGone) leave();
  }, [isGone]);
}

interface PhoneScreenProps {
  secret: string;
  pending: boolean;
  onSend: (code: string) => void;
}

/** The countdown is a number, and is not read out. */
function PhoneScreen({ secret, pending, onSend }: PhoneScreenProps) {
  const seconds = useSeconds();
  const { offset, error } = useTestOffset();
  const now = seconds + (offset ?? 0);
  const key = useMemo(() => createHotpKey(decodeBase32(secret), DEFAULT_PARAMETERS.algorithm), [secret]);
  const code = totp(key, now, DEFAULT_PARAMETERS);
  const left = DEFAULT_PARAMETERS.period - (Math.floor(now / 1000) % DEFAULT_PARAMETERS.period);
  return (
    <div className="flex flex-col gap-3 rounded-dialog border border-edge bg-sunken p-4">
      <div className="flex items-baseline justify-between">
        <span
          data-phone-code
          className={classes('font-mono text-28 tracking-[0.12em]', offset === null && 'invisible')}
        >
          {code}
        </span>
        {offset !== null && (
          <span className="font-mono text-14 text-muted" aria-hidden="true">
            {left} s
          </span>
        )}
      </div>
      <Button look="primary" disabled={pending || offset === null} onClick={() => onSend(code)}>
        {t.sendCode}
      </Button>
      {offset === null && error !== null && <ErrorPanel error={error} />}
    </div>
  );
}

/** By how many ms the clock of the test half is ahead: a phone in it shows the codes of its time. null: not known yet. */
function useTestOffset(): { offset: number | null; error: Error | null } {
  const { data, error } = useQuery({
    queryKey: ['test-clock'],
    queryFn: () => ask(api.GET('/api/test/clock')),
    refetchInterval: 15_000,
  });
  return { offset: data === undefined ? null : data.offsetSeconds * 1000, error };
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <div role="status">
      <ol className="flex flex-col gap-3 text-14">
        {attempts.map(({ code, verdict, repeated }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are only ever added at the end
          <li key={index} className="flex flex-col gap-1">
            <span className="flex items-center gap-2">
              <code>{code}</code>
              <StatusBadge
                tone={verdict.valid ? 'success' : 'danger'}
                icon={verdict.valid ? 'accepted' : 'refused'}
              >
                {verdict.valid ? t.accepted : t.refused}
              </StatusBadge>
            </span>
            {repeated && <span>{t.acceptedOnce}</span>}
            <code className="text-12 break-all text-muted">{JSON.stringify(verdict)}</code>
          </li>
        ))}
      </ol>
    </div>
  );
}
