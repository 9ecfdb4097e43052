import { Caller } from './caller.ts';

const PASSWORD = 'seven quiet herons over the pond';
let owners = 0;

/** A new account at a server, with the token of a log-in. */
export async function ownerOf(url: string): Promise<Caller> {
  const caller = new Caller(url);
  const email = `owner-${++owners}-${process.pid}@example.com`;
  const registered = await caller.post('/api/auth/register', { email, password: PASSWORD });
  if (registered.status !== 201) throw new Error(`sign-up got ${registered.status}: ${registered.text}`);
  const login = await caller.post('/api/auth/login', { email, password: PASSWORD });
  return caller.withBearer(login.json.token);
}
