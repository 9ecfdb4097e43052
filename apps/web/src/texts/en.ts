/** Every text that a reader of the dashboard, of sign-in or of an error sees, in English; a file for each part. */
import { problems } from './en/problems.ts';
import { shell } from './en/shell.tsx';
import { ui } from './en/ui.ts';

export const en = { problems, shell, ui };

/** What another language has to say: each text, and no other. */
export type Texts = typeof en;
