import { area } from './areas.ts';
import { start } from './en/start.tsx';

export const t = area('start', start);
