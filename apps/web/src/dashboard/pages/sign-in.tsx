import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CodeField } from '../../ui/code-field.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { type Credentials, signIn } from '../account.ts';
import { useAction } from '../action.ts';
import { Problem } from '../api.ts';
import { infoQuery } from '../info.ts';
import { wouldKeepSession } from '../kept-session.ts';
import { dashboardPath, ownUrl } from '../own-url.ts';
import { EmailField, PasswordField } from '../parts/credential-fields.tsx';
import { Door } from '../parts/door.tsx';
import { ErrorSummary } from '../parts/error-summary.tsx';
import { SessionGate } from '../parts/session-gate.tsx';

const route = getRouteApi('/signin');

type SecondFactor = Pick<Credentials, 'totp' | 'recoveryCode'>;

/** E-mail and password; then, for an account that asks for it, the code in their place. */
export function SignInPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: info } = useQuery(infoQuery);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [needsCode, setNeedsCode] = useState(false);

  const enter = useAction(async (secondFactor: SecondFactor) => {
    if (!(await wouldKeepSession(queries))) return;
    try {
      await signIn({ email, password, ...secondFactor });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'totp_required')) throw error;
      setNeedsCode(true);
      return;
    }
    queries.clear();
    const to = ownUrl(next ?? '', location.origin) ?? new URL('/dashboard', location.origin);
    const path = dashboardPath(to);
    if (path === null) location.assign(to);
    else router.history.push(path);
  });
  if (needsCode) {
    const startAgain = () => {
      setNeedsCode(false);
      setPassword('');
      enter.reset();
    };
    return (
      <Door name="Sign in">
        <ErrorSummary error={enter.error} />
        <SecondStep email={email} pending={enter.pending} onSend={enter.run} onStartAgain={startAgain} />
      </Door>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter.run({});
  };
  return (
    <Door name="Sign in" foot={<OtherWays signUp={info?.registrationOpen !== false} />}>
      <SessionGate>
        <ErrorSummary error={enter.error} />
        <form onSubmit={submit} className="flex flex-col gap-5">
          <EmailField value={email} onChange={setEmail} />
          <PasswordField which="current-password" value={password} onChange={setPassword} />
          <Button type="submit" look="primary" busy={enter.pending && 'Signing in…'}>
            Sign in
          </Button>
        </form>
      </SessionGate>
    </Door>
  );
}

interface SecondStepProps {
  email: string;
  pending: boolean;
  onSend: (secondFactor: SecondFactor) => void;
  onStartAgain: () => void;
}

function SecondStep({ email, pending, onSend, onStartAgain }: SecondStepProps) {
  const [byRecovery, setByRecovery] = useState(false);
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code !== '') onSend(byRecovery ? { recoveryCode: code } : { totp: code });
  };
  const swap = () => {
    setByRecovery(!byRecovery);
    setCode('');
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <p className="text-14">
        <span className="block break-all">{email}</span>
        <button type="button" onClick={onStartAgain} className="cursor-pointer text-accent underline">
          Not you?
        </button>
      </p>
      {byRecovery ? (
        <Field label="Recovery code" hint="One of the codes that you kept. Each is good once.">
          {(wiring) => (
            <TextInput
              {...wiring}
              key="recovery"
              ref={focusOnArrival}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={code}
              onChange={(event) => setCode(event.target.value.trim())}
              className="font-mono"
            />
          )}
        </Field>
      ) : (
        <CodeField
          key="totp"
          ref={focusOnArrival}
          label="Code from your authenticator app"
          value={code}
          onChange={setCode}
        />
      )}
      <Button type="submit" look="primary" busy={pending && 'Checking…'}>
        Sign in
      </Button>
      <Button look="quiet" onClick={swap}>
        {byRecovery ? 'Use the authenticator app' : 'Use a recovery code'}
      </Button>
    </form>
  );
}

/** The step replaces the form, and so the focus goes where the form would have had it. */
function focusOnArrival(input: HTMLInputElement | null): void {
  input?.focus();
}

function OtherWays({ signUp }: { signUp: boolean }) {
  return (
    <>
      {signUp && (
        <p>
          No account yet?{' '}
          <Link to="/signup" className="text-accent underline">
            Sign up
          </Link>
        </p>
      )}
      <p>
        Lost your password? The server's operator can reset it:{' '}
        <code className="whitespace-nowrap text-ink">kanda account reset-password</code>
      </p>
    </>
  );
}
