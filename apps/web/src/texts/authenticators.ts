import { area } from './areas.ts';
import { authenticators } from './en/authenticators.tsx';

export const t = area('authenticators', authenticators);
