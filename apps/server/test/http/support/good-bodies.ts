/** A body of the right shape for each route that takes one. None of them succeeds, or what it does does not matter. */
export const GOOD_BODIES: Readonly<Record<string, object>> = {
  'POST /api/auth/register': { email: 'you@example.com', password: 'a sentence of our own' },
  'POST /api/auth/login': { email: 'you@example.com', password: 'a sentence of our own' },
  'POST /api/auth/token': { apiKey: 'kan_nothing' },
  'PATCH /api/auth/getting-started': { dismissed: true },
  'POST /api/auth/password': { currentPassword: 'not the password', newPassword: 'a sentence of our own' },
  'POST /api/auth/two-factor': { password: 'not the password' },
  'DELETE /api/auth/two-factor': { password: 'not the password' },
  'POST /api/auth/two-factor/confirm': { totp: '123456' },
  'POST /api/auth/two-factor/recovery-codes': { password: 'not the password' },
  'POST /api/keys': { name: 'a key' },
  'POST /api/totp/register': { clientId: 'alice', label: 'Alice', issuer: 'MyApp' },
  'POST /api/totp/import': { records: [{ clientId: 'alice', issuer: 'MyApp', secret: 'x' }] },
  'POST /api/totp/confirm': { clientId: 'alice', token: '123456' },
  'POST /api/totp/rotate/{clientId}': { qr: 'none' },
  'POST /api/totp/clients/{clientId}/authenticators': { qr: 'none' },
  'PATCH /api/totp/clients/{clientId}/authenticators/{authenticatorId}': { name: null },
  'PATCH /api/totp/clients/{clientId}': { label: 'Alice' },
  'POST /api/totp/clients/{clientId}/authenticators/{authenticatorId}/resync': {
    tokens: ['123456', '654321'],
  },
  'POST /api/totp/clients/{clientId}/diagnose': { token: '123456' },
  'POST /api/totp/validate': { clientId: 'alice', token: '123456' },
  'POST /api/totp/clients/{clientId}/unlock': { resetClock: true },
  'POST /api/totp/clients/{clientId}/recovery-codes': { count: 5 },
  'POST /api/totp/links': { clientId: 'user-123', purpose: 'enrol', issuer: 'MyApp' },
  'POST /api/totp/links/redeem': { result: 'no.such.result' },
  'PUT /api/hosted-pages': { name: 'MyApp' },
  'POST /api/receipts/redeem': { receipt: 'not.a.receipt' },
  'POST /api/webhooks': { url: 'https://app.example.com/kanda' },
  'PATCH /api/webhooks/{id}': { enabled: false },
  'POST /api/webhooks/{id}/resend': { sequence: 1 },
  'PUT /api/policy': { skew: 1 },
  'POST /api/test/clock': { advanceSeconds: 1 },
};

/** Routes whose body may be left out. */
export const OPTIONAL_BODIES: readonly string[] = [
  'POST /api/totp/clients/{clientId}/unlock',
  'POST /api/totp/rotate/{clientId}',
  'POST /api/totp/clients/{clientId}/authenticators',
  'POST /api/totp/clients/{clientId}/recovery-codes',
];
