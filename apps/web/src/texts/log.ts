import { area } from './areas.ts';
import { log } from './en/log.tsx';

export const t = area('log', log);
