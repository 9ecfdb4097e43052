import { Problem } from '../api/problem.ts';
import { register, signIn } from './calls.ts';
import { found, mark, wireForm } from './parts.ts';
import { mayStillSend } from './session-gate.ts';

const MIN_LENGTH = 15;

/** A new account, and at once its first sign-in. */
export function wireSignUp(place: HTMLElement): void {
  const form = found<HTMLFormElement>('form', place);
  const email = found<HTMLInputElement>('#email', form);
  const password = found<HTMLInputElement>('#password', form);
  wireForm(form, 'Making your account…', async () => {
    const account = { email: email.value, password: password.value };
    mark(email, null);
    const short = [...account.password].length < MIN_LENGTH;
    mark(password, short ? `The password needs ${MIN_LENGTH} characters or more.` : null);
    if (short) return password.focus();
    if (!(await mayStillSend())) return;
    try {
      await register(account);
    } catch (error) {
      if (error instanceof Problem) {
        mark(email, error.of('email'));
        mark(password, error.of('password'));
      }
      throw error;
    }
    await signIn(account);
    location.replace('/dashboard');
  });
}
