import { problems } from './de/problems.ts';
import { shell } from './de/shell.tsx';
import { ui } from './de/ui.ts';
import type { Texts } from './en.ts';

/** The same in German. It is loaded only by those who read it. */
export const de: Texts = { problems, shell, ui };
