import { Caller } from '../support/caller.ts';

const NOT_OF_SDKS = new Set([
  // What an operator calls and no application: all secrets of an account, encrypted to an age recipient.
  'GET /api/totp/export',
  // An application shows a user the list, which has at most ten with the same fields.
  'GET /api/totp/clients/{clientId}/devices/{deviceId}',
  // For a support desk, which has no program.
  'GET /api/totp/links',
  'DELETE /api/totp/links/{id}',
]);

/** Which calls of /api/totp and /api/receipts that the server has are not among those that were made: `POST /api/totp/confirm`. */
export async function missingCalls(url: string, called: Iterable<string>): Promise<string[]> {
  const { paths } = (await new Caller(url).get('/openapi.json')).json as { paths: Record<string, object> };
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    path.startsWith('/api/totp/') || path.startsWith('/api/receipts/')
      ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
      : [],
  );
  if (calls.length < 25) throw new Error(`The server has ${calls.length} calls of /api/totp.`);
  const made = [...called];
  return calls.filter((call) => {
    if (NOT_OF_SDKS.has(call)) return false;
    const pattern = new RegExp(`^${call.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return !made.some((one) => pattern.test(one));
  });
}
