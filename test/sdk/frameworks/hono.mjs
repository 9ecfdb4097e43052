import { serve } from '@hono/node-server';
import { secondFactor } from '@kanda/sdk/hono';
import { Hono } from 'hono';
import { logIn, moveClock, optionsFor, PAGE, STEP_UP } from './application.mjs';

const app = new Hono();
const factor = secondFactor(optionsFor((context) => context.req.header('cookie')));
app.post('/login', async (context) => {
  const { clientId } = await context.req.json();
  return context.json({ cookie: logIn(context.req.header('cookie'), clientId) });
});
app.post('/clock', async (context) => {
  moveClock((await context.req.json()).seconds);
  return context.json({});
});
app.get('/two-factor/page', factor.page);
app.post('/two-factor/challenge', factor.challenge);
app.post('/two-factor/enrol', factor.enrol);
app.post('/two-factor/confirm', factor.confirm);
app.post('/two-factor/recovery-codes', factor.recoveryCodes);
app.get('/account', factor.requireSecondFactor(), (context) => context.json({ account: true }));
app.post('/transfer', factor.requireSecondFactor(STEP_UP), async (context) =>
  context.json({ sent: (await context.req.json()).amount }),
);
app.get('/home', factor.requireSecondFactor(PAGE), (context) => context.json({ home: true }));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('port', port));
