/** What a script adds to the pages before the dashboard, which are painted without it: `pages/door-pages.tsx`. */
import '../styles/door.css';
import { all } from '../site/elements.ts';
import { readInfo } from './calls.ts';
import { emptyWhenLeft, found, showPart } from './parts.ts';
import { keepForm } from './session-gate.ts';
import { wireSignIn } from './sign-in.ts';
import { wireSignUp } from './sign-up.ts';

const place = found<HTMLElement>('[data-place]');
const isSignUp = document.documentElement.dataset.door === 'sign-up';

emptyWhenLeft();
if (keepForm()) (isSignUp ? wireSignUp : wireSignIn)(place);
readInfo().then(
  (info) => {
    for (const link of all('[data-sign-up]')) link.hidden = !info.registrationOpen;
    if (!keepForm(info)) return;
    if (isSignUp && !info.registrationOpen) showPart('closed');
  },
  // What cannot be reached now is asked again, and reported, when the form is sent.
  () => {},
);
