import { area } from './areas.ts';
import { keys } from './en/keys.tsx';

export const t = area('keys', keys);
