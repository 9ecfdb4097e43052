/** The block of the SDK's README, where this says so, in an application. */
import express from 'express';
import { kanda, logIn, moveClock, note, PAGE, sessionOf } from './application.mjs';

const app = express();
app.use(express.json());
app.use((request, _response, next) => {
  request.session = sessionOf(request.headers.cookie);
  request.user = request.session?.user;
  next();
});
app.post('/login', (request, response) => {
  response.json({ cookie: logIn(request.headers.cookie, request.body.clientId) });
});
app.post('/clock', (request, response) => {
  moveClock(request.body.seconds);
  response.json({});
});
const showAccount = (_request, response) => response.json({ account: true });
const transfer = (request, response) => response.json({ sent: request.body.amount });
console.error = (error) => console.log('error', error.name);

/* README */

app.get('/home', factor.requireSecondFactor(PAGE), (_request, response) => response.json({ home: true }));
const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
