import { area } from './areas.ts';
import { ui } from './en/ui.ts';

export const t = area('ui', ui);
