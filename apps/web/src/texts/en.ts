/** Every text that a reader of the dashboard, of sign-in or of an error sees, in English; a file for each part. */
import { authenticators } from './en/authenticators.tsx';
import { charts } from './en/charts.ts';
import { clients } from './en/clients.tsx';
import { enrolment } from './en/enrolment.ts';
import { events } from './en/events.ts';
import { exporting } from './en/exporting.tsx';
import { importing } from './en/importing.tsx';
import { keys } from './en/keys.tsx';
import { links } from './en/links.tsx';
import { log } from './en/log.tsx';
import { playground } from './en/playground.ts';
import { problems } from './en/problems.ts';
import { server } from './en/server.tsx';
import { settings } from './en/settings.tsx';
import { shell } from './en/shell.tsx';
import { start } from './en/start.tsx';
import { ui } from './en/ui.ts';
import { webhooks } from './en/webhooks.tsx';

export const en = {
  authenticators,
  charts,
  clients,
  enrolment,
  events,
  exporting,
  importing,
  keys,
  links,
  log,
  playground,
  problems,
  server,
  settings,
  shell,
  start,
  ui,
  webhooks,
};

/** What another language has to say: each text, and no other. */
export type Texts = typeof en;
