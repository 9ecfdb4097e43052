import { area } from './areas.ts';
import { playground } from './en/playground.ts';

export const t = area('playground', playground);
