// @ts-nocheck: its packages are installed on demand, elsewhere.
/**
 * The login of docs/guides/express.md with Stytch: its lines are counted beside those of the guide
 * (tools/guide-lines.ts). It is checked against the types of Stytch's package, and was not run: Stytch is a service,
 * which needs an account there. `node login-stytch.mjs PORT` would serve it.
 */
import express from 'express';
import stytch from 'stytch';

const RECENT_MS = 5 * 60_000;
const MINUTES = 60;
const HALF_OPEN_MINUTES = 15;
const client = new stytch.Client({
  project_id: process.env.STYTCH_PROJECT_ID ?? '',
  secret: process.env.STYTCH_SECRET ?? '',
});

const app = express();
app.use(express.json());
app.use(async (req, res, next) => {
  const token = /(?:^|; )session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
  res.locals.token = token;
  if (token === undefined) return next();
  const known = await client.sessions.authenticate({ session_token: token }).catch(() => null);
  if (known) Object.assign(res.locals, { session: known.session, user: known.user });
  next();
});

const isOn = (user) => user.totps.some(({ verified }) => verified);
const factor = (session, method) =>
  session.authentication_factors.findLast(({ delivery_method: way }) => way === method);
const ageOf = (shown) => Date.now() - Date.parse(shown?.last_authenticated_at ?? 0);

function keepSession(res, token) {
  res.cookie('session', token, { httpOnly: true, sameSite: 'lax' });
}

const credentials = (req, res, next) => {
  const { email, password } = req.body ?? {};
  const areText = typeof email === 'string' && typeof password === 'string';
  return areText ? next() : res.status(400).json({ error: 'not_credentials' });
};

app.post('/sign-up', credentials, async ({ body: { email, password } }, res) => {
  const made = await client.passwords.create({ email, password, session_duration_minutes: MINUTES });
  keepSession(res, made.session_token);
  res.json({ id: made.user_id, next: 'done' });
});

app.post('/login', credentials, async ({ body: { email, password } }, res) => {
  const session_duration_minutes = HALF_OPEN_MINUTES;
  const known = await client.passwords.authenticate({ email, password, session_duration_minutes });
  keepSession(res, known.session_token);
  res.json({ next: isOn(known.user) ? 'code' : 'done' });
});

const needsPassword = (_req, res, next) =>
  res.locals.user ? next() : res.status(401).json({ error: 'not_signed_in' });

const code = (req, res, next) =>
  typeof req.body?.token === 'string' ? next() : res.status(400).json({ error: 'not_a_code' });

app.post('/two-factor/challenge', needsPassword, code, async ({ body }, res) => {
  const { user, token } = res.locals;
  await client.totps.authenticate({
    user_id: user.user_id,
    totp_code: body.token,
    session_token: token,
    session_duration_minutes: MINUTES,
  });
  res.json({ next: 'done' });
});

app.post('/two-factor/recover', needsPassword, async ({ body }, res) => {
  const { user, token } = res.locals;
  const recovery_code = body?.recoveryCode;
  if (typeof recovery_code !== 'string') return res.status(400).json({ error: 'not_a_code' });
  await client.totps.recover({ user_id: user.user_id, recovery_code, session_token: token });
  res.json({ next: 'enrol' });
});

// A recovery code opens nothing but the enrolment of a new phone.
const within = (age) => (_req, res, next) => {
  const { user, session } = res.locals;
  if (!user) return res.status(401).json({ error: 'not_signed_in' });
  if (!isOn(user) || ageOf(factor(session, 'authenticator_app')) < age) return next();
  res.status(403).json({ error: 'second_factor_required' });
};
const signedIn = within(Number.POSITIVE_INFINITY);
const justShown = within(RECENT_MS);
const recovered = (req, res, next) => {
  const { session } = res.locals;
  return session && ageOf(factor(session, 'recovery_code')) < RECENT_MS ? next() : justShown(req, res, next);
};

// The phone before has to go first: a user has one.
async function removePhones(user) {
  for (const { totp_id } of user.totps) await client.users.deleteTOTP({ totp_id });
}

app.post('/two-factor/enrol', recovered, async (_req, res) => {
  await removePhones(res.locals.user);
  const made = await client.totps.create({ user_id: res.locals.user.user_id, expiration_minutes: MINUTES });
  res.json({ secret: made.secret, qrDataUrl: made.qr_code, recoveryCodes: made.recovery_codes });
});

app.delete('/two-factor', recovered, async (_req, res) => {
  await removePhones(res.locals.user);
  res.json({ twoFactor: 'off' });
});

app.get('/account', signedIn, (_req, res) => {
  const { user } = res.locals;
  res.json({ email: user.emails[0]?.email, twoFactor: isOn(user) ? 'on' : 'off' });
});

app.post('/email', justShown, async ({ body }, res) => {
  const email = body?.email;
  if (typeof email !== 'string') return res.status(400).json({ error: 'not_an_address' });
  // Stytch adds it when the user has followed the link that it sends there.
  await client.magicLinks.email.send({ email, user_id: res.locals.user.user_id });
  res.json({ email });
});

app.post('/log-out', async (_req, res) => {
  const { token } = res.locals;
  if (token) await client.sessions.revoke({ session_token: token });
  res.clearCookie('session').json({});
});

app.use((error, _req, res, _next) => {
  const status = error.status_code ?? 500;
  if (status >= 500) console.error(error);
  res.status(status).json({ error: error.error_type ?? 'failed' });
});

app.listen(Number(process.argv[2] ?? 3001), '127.0.0.1');
