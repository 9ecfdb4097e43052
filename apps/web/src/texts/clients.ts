import { area } from './areas.ts';
import { clients } from './en/clients.tsx';

export const t = area('clients', clients);
