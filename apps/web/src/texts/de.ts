import { authenticators } from './de/authenticators.tsx';
import { charts } from './de/charts.ts';
import { clients } from './de/clients.tsx';
import { enrolment } from './de/enrolment.ts';
import { events } from './de/events.ts';
import { exporting } from './de/exporting.tsx';
import { importing } from './de/importing.tsx';
import { keys } from './de/keys.tsx';
import { links } from './de/links.tsx';
import { log } from './de/log.tsx';
import { playground } from './de/playground.ts';
import { problems } from './de/problems.ts';
import { server } from './de/server.tsx';
import { settings } from './de/settings.tsx';
import { shell } from './de/shell.tsx';
import { start } from './de/start.tsx';
import { ui } from './de/ui.ts';
import { webhooks } from './de/webhooks.tsx';
import type { Texts } from './en.ts';

/** The same in German. It is loaded only by those who read it. */
export const de: Texts = {
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
