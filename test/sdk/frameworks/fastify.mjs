import { secondFactor } from '@kanda/sdk/fastify';
import Fastify from 'fastify';
import { logIn, moveClock, optionsFor, PAGE, STEP_UP } from './application.mjs';

const app = Fastify();
const factor = secondFactor(optionsFor((request) => request.headers.cookie));
app.post('/login', async (request) => ({ cookie: logIn(request.headers.cookie, request.body.clientId) }));
app.post('/clock', async (request) => {
  moveClock(request.body.seconds);
  return {};
});
app.get('/two-factor/page', factor.page);
app.post('/two-factor/challenge', factor.challenge);
app.post('/two-factor/enrol', factor.enrol);
app.post('/two-factor/confirm', factor.confirm);
app.post('/two-factor/recovery-codes', factor.recoveryCodes);
app.get('/account', { preHandler: factor.requireSecondFactor() }, async () => ({ account: true }));
app.post('/transfer', { preHandler: factor.requireSecondFactor(STEP_UP) }, async (request) => ({
  sent: request.body.amount,
}));
app.get('/home', { preHandler: factor.requireSecondFactor(PAGE) }, async () => ({ home: true }));
await app.listen({ port: 0, host: '127.0.0.1' });
console.log('port', app.server.address().port);
