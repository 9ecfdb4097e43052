import { area } from './areas.ts';
import { shell } from './en/shell.tsx';

export const t = area('shell', shell);
