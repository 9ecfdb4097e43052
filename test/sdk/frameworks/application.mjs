/** What the applications share: sessions in memory, a log-in without a password, and a clock that a test moves. */
import { Kanda } from '@kanda/sdk';

const [url, apiKey] = process.argv.slice(2);
export const kanda = new Kanda({ url, apiKey, retries: 1 });
const sessions = new Map();

const idOf = (cookie) => /sid=(\w+)/.exec(cookie ?? '')?.[1];

/** The session of a browser: `user` and what the SDK keeps; undefined before a log-in. */
export const sessionOf = (cookie) => sessions.get(idOf(cookie));

/** Signs this browser in as someone, in the session that it has. */
export function logIn(cookie, id) {
  const sid = idOf(cookie) ?? crypto.randomUUID().replaceAll('-', '');
  const session = sessions.get(sid) ?? {};
  session.user = { id, email: `${id}@example.com` };
  session.loginId = crypto.randomUUID();
  session.signedInAt = Date.now();
  sessions.set(sid, session);
  return `sid=${sid}`;
}

let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

export function moveClock(seconds) {
  ahead += seconds * 1_000;
}

export const note = (clientId, twoFactor) => console.log(clientId, twoFactor);

/** `cookieOf` reads the header of a framework's request. */
export function optionsFor(cookieOf) {
  const session = (request) => sessionOf(cookieOf(request));
  return {
    kanda,
    issuer: 'MyApp',
    user: (request) => {
      const { user, loginId, signedInAt } = session(request) ?? {};
      return user === undefined ? null : { clientId: user.id, label: user.email, loginId, signedInAt };
    },
    session: (request) => ({
      get: () => session(request).secondFactor,
      // As a session that is kept elsewhere.
      set: async (state) => {
        session(request).secondFactor = JSON.parse(JSON.stringify(state));
      },
    }),
    onChange: async (_request, user, twoFactor) => note(user.clientId, twoFactor),
    onError: (error) => console.log('error', error.name),
  };
}

export const STEP_UP = { maxAgeSeconds: 300, methods: ['totp'] };
export const PAGE = { redirectTo: '/code' };
