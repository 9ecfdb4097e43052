/** Route handlers as Next.js has them, one for each path and method, given the requests of a server. */
import { serve } from '@hono/node-server';
import { secondFactor } from '@kanda/sdk/next';
import { logIn, moveClock, optionsFor, PAGE, STEP_UP } from './application.mjs';

const factor = secondFactor(optionsFor((request) => request.headers.get('cookie')));
const routes = {
  'POST /login': async (request) =>
    Response.json({ cookie: logIn(request.headers.get('cookie'), (await request.json()).clientId) }),
  'POST /clock': async (request) => {
    moveClock((await request.json()).seconds);
    return Response.json({});
  },
  'GET /two-factor/page': factor.page,
  'POST /two-factor/challenge': factor.challenge,
  'POST /two-factor/enrol': factor.enrol,
  'POST /two-factor/confirm': factor.confirm,
  'POST /two-factor/recovery-codes': factor.recoveryCodes,
  'GET /account': factor.requireSecondFactor()(() => Response.json({ account: true })),
  'POST /transfer': factor.requireSecondFactor(STEP_UP)(async (request) =>
    Response.json({ sent: (await request.json()).amount }),
  ),
  'GET /home': factor.requireSecondFactor(PAGE)(() => Response.json({ home: true })),
};
const route = (request) => routes[`${request.method} ${new URL(request.url).pathname}`](request, {});
serve({ fetch: route, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('port', port));
