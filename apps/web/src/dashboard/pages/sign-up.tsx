import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/panel.tsx';
import { signIn } from '../account.ts';
import { useAction } from '../action.ts';
import { api, ask, Problem } from '../api.ts';
import { infoQuery } from '../info.ts';
import { wouldKeepSession } from '../kept-session.ts';
import { EmailField, NEW_PASSWORD_HINT, PasswordField } from '../parts/credential-fields.tsx';
import { Door } from '../parts/door.tsx';
import { ErrorSummary } from '../parts/error-summary.tsx';
import { SessionGate } from '../parts/session-gate.tsx';

const MIN_LENGTH = 15;

/** A new account, and at once its first sign-in. */
export function SignUpPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: info } = useQuery(infoQuery);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [tooShort, setTooShort] = useState(false);
  const enter = useAction(async () => {
    if (!(await wouldKeepSession(queries))) return;
    await ask(api.POST('/api/auth/register', { body: { email, password } }));
    await signIn({ email, password });
    await navigate({ to: '/dashboard' });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const short = [...password].length < MIN_LENGTH;
    setTooShort(short);
    if (!short) void enter.run();
  };
  const refused = enter.error instanceof Problem ? enter.error : null;

  if (info?.registrationOpen === false) {
    return (
      <Door name="Sign up" foot={<SignInInstead />}>
        <Notice tone="plain">Registration is closed. Ask the server's operator for an account.</Notice>
      </Door>
    );
  }
  return (
    <Door name="Sign up" foot={<SignInInstead />}>
      <SessionGate>
        <ErrorSummary error={enter.error} />
        <form onSubmit={submit} className="flex flex-col gap-5">
          <EmailField value={email} onChange={setEmail} error={refused?.of('email')} />
          <PasswordField
            which="new-password"
            hint={NEW_PASSWORD_HINT}
            error={tooShort ? 'The password needs 15 characters or more.' : refused?.of('password')}
            value={password}
            onChange={setPassword}
          />
          <Button type="submit" look="primary" busy={enter.pending && 'Making your account…'}>
            Sign up
          </Button>
        </form>
      </SessionGate>
    </Door>
  );
}

function SignInInstead() {
  return (
    <p>
      You have an account?{' '}
      <Link to="/signin" className="text-accent underline">
        Sign in
      </Link>
    </p>
  );
}
