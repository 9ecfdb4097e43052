import { area } from './areas.ts';
import { links } from './en/links.tsx';

export const t = area('links', links);
