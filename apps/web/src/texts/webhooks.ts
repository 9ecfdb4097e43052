import { area } from './areas.ts';
import { webhooks } from './en/webhooks.tsx';

export const t = area('webhooks', webhooks);
