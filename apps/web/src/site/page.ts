import '../styles/site.css';
import { type Account, showAccount, signedIn } from './account.ts';
import { addCopyButtons } from './copy-buttons.ts';
import { rememberChoices } from './language-choice.ts';
import { fillInOrigin } from './own-values.ts';
import { addThemeChoice } from './themes.ts';

/** What a script adds to every static page. @returns who is signed in */
export async function enhancePage(): Promise<Account | null> {
  fillInOrigin();
  rememberChoices();
  addCopyButtons();
  addThemeChoice();
  const account = await signedIn();
  await showAccount(account);
  return account;
}
