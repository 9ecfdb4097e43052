import type { paths } from '../../../../packages/sdk/src/schema.d.ts';
import { ask } from '../api/problem.ts';
import { noteSignedIn } from '../signed-in.ts';

export type Info = paths['/api/info']['get']['responses'][200]['content']['application/json'];
type Login = paths['/api/auth/login']['post']['requestBody']['content']['application/json'];
type Registration = paths['/api/auth/register']['post']['requestBody']['content']['application/json'];

let info: Promise<Info> | undefined;

/** What this installation tells everybody; asked once for the page, and again after a failure. */
export function readInfo(): Promise<Info> {
  info ??= ask<Info>(send('/api/info')).catch((error: unknown) => {
    info = undefined;
    throw error;
  });
  return info;
}

/** Signs in; the session is a cookie that no script can read. */
export async function signIn(credentials: Omit<Login, 'session'>): Promise<void> {
  await ask(send('/api/auth/login', { ...credentials, session: 'cookie' } satisfies Login));
  noteSignedIn();
}

/** Makes an account. */
export async function register(account: Registration): Promise<void> {
  await ask(send('/api/auth/register', account));
}

/** The API's typed client weighs more than all of this page. */
async function send(path: keyof paths, body?: object) {
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => undefined);
  return response.ok ? { data: answer, response } : { error: answer, response };
}
