import { type Authenticator, api, ask, type Client, type Enrolled } from '../api.ts';

/** What a pending authenticator is asked for by. While it waits, the same request shows the same secret again. */
export type Asked = Pick<Authenticator, 'name' | 'type' | 'algorithm' | 'digits' | 'period' | 'replaces'> & {
  /** Of a hardware token: what its maker delivers with it. */
  token?: { secret: string; counter: number };
};
type Owner = Pick<Client, 'clientId' | 'label' | 'issuer' | 'status'>;

/** Makes an authenticator that waits for its first code, or shows the one again that was asked for in this way. */
export function begin(owner: Owner, asked: Asked): Promise<Enrolled> {
  return asked.replaces === null ? beginNew(owner, asked) : beginReplacement(owner.clientId, asked.replaces);
}

function beginNew({ clientId, label, issuer, status }: Owner, asked: Asked): Promise<Enrolled> {
  const { name, type, algorithm, digits, period, token } = asked;
  const body = {
    type,
    algorithm,
    digits,
    confirm: true,
    // The page draws the QR code from the URL itself.
    qr: 'none' as const,
    ...(period === null ? {} : { period }),
    ...(name === null ? {} : { name }),
    ...token,
  };
  // A client whose first authenticator is pending may be gone by now: enrolling it again works either way.
  if (status === 'pending')
    return ask(api.POST('/api/totp/register', { body: { clientId, label, issuer, ...body } }));
  const params = { path: { clientId } };
  return ask(api.POST('/api/totp/clients/{clientId}/authenticators', { params, body }));
}

function beginReplacement(clientId: string, replaces: string): Promise<Enrolled> {
  const which = replaces === 'all' ? {} : { authenticatorId: replaces };
  const body = { confirm: true, qr: 'none' as const, ...which };
  return ask(api.POST('/api/totp/rotate/{clientId}', { params: { path: { clientId } }, body }));
}
