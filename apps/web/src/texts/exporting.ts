import { area } from './areas.ts';
import { exporting } from './en/exporting.tsx';

export const t = area('exporting', exporting);
