import { area } from './areas.ts';
import { importing } from './en/importing.tsx';

export const t = area('importing', importing);
