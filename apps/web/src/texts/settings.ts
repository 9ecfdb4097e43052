import { area } from './areas.ts';
import { settings } from './en/settings.tsx';

export const t = area('settings', settings);
