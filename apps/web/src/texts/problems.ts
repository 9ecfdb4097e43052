import { area } from './areas.ts';
import { problems } from './en/problems.ts';

export const t = area('problems', problems);
