import { area } from './areas.ts';
import { server } from './en/server.tsx';

export const t = area('server', server);
