import { Problem } from '../api/problem.ts';
import { ownUrl } from '../dashboard/own-url.ts';
import { signIn } from './calls.ts';
import { found, showPart, wireForm } from './parts.ts';
import { mayStillSend } from './session-gate.ts';

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** E-mail and password; then, for an account that asks for it, the code in their place. */
export function wireSignIn(place: HTMLElement): void {
  const form = found<HTMLFormElement>('form', place);
  const email = found<HTMLInputElement>('#email', form);
  const password = found<HTMLInputElement>('#password', form);
  wireForm(form, 'Signing in…', async () => {
    if (!(await mayStillSend())) return;
    const credentials = { email: email.value, password: password.value };
    try {
      await signIn(credentials);
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'totp_required')) throw error;
      const before = [...place.childNodes];
      askForCode(credentials, () => {
        place.replaceChildren(...before);
        password.value = '';
        email.focus();
      });
      return;
    }
    goOn();
  });
}

function askForCode(credentials: Credentials, startAgain: () => void): void {
  const place = showPart('second-step');
  const form = found<HTMLFormElement>('form', place);
  found('[data-email]', form).textContent = credentials.email;
  found<HTMLButtonElement>('[data-start-again]', form).addEventListener('click', startAgain);
  const fields = found<HTMLElement>('[data-fields]', form);
  const swap = found<HTMLButtonElement>('[data-swap]', form);
  let byRecovery = false;
  const show = () => {
    const template = found<HTMLTemplateElement>(`template[data-part="${byRecovery ? 'recovery' : 'totp'}"]`);
    fields.replaceChildren(template.content.cloneNode(true));
    swap.textContent = byRecovery ? 'Use the authenticator app' : 'Use a recovery code';
    // The step replaces the form, and so the focus goes where the form would have had it.
    found<HTMLInputElement>('input', fields).focus();
  };
  swap.addEventListener('click', () => {
    byRecovery = !byRecovery;
    show();
  });
  show();
  wireForm(form, 'Checking…', async () => {
    const typed = found<HTMLInputElement>('input', fields).value;
    const code = byRecovery ? typed.trim() : typed.replace(/[ -]/g, '');
    if (code === '') return;
    await signIn({ ...credentials, ...(byRecovery ? { recoveryCode: code } : { totp: code }) });
    goOn();
  });
}

/** To where one wanted to go, when that is a page of this site. */
function goOn(): void {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  // In the place of this page: Back does not lead to a sign-in that is done.
  location.replace(ownUrl(next, location.origin) ?? '/dashboard');
}
