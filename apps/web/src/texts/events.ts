import { area } from './areas.ts';
import { events } from './en/events.ts';

export const t = area('events', events);
