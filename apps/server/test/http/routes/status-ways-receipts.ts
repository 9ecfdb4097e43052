/** As status-ways.ts, for receipts. */
import { codeAt, SECOND } from '../support/start-app.ts';
import { account, fresh, kanda, type Way, withoutTables } from './status-apps.ts';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Written as a receipt is, under a key that no server has. */
export const RECEIPT_OF_NOBODY = [
  encoded({ alg: 'EdDSA', typ: 'kanda-receipt+jwt', kid: 'nobody' }),
  encoded({ sub: 'alice' }),
  'A'.repeat(86),
].join('.');

async function receipt(): Promise<string> {
  const { clientId, secret } = await account.enrol(fresh());
  const action = { type: 'payout', reference: 'payout-1' };
  const token = codeAt(secret, kanda.now());
  const answer = await account.call('POST', '/api/totp/validate', { clientId, token, action });
  return answer.json<{ receipt: string }>().receipt;
}

const redeem = (text: string) => account.call('POST', '/api/receipts/redeem', { receipt: text });

export const RECEIPT_WAYS: Record<string, Way> = {
  'POST /api/receipts/redeem 200': async () => redeem(await receipt()),
  'POST /api/receipts/redeem 409': async () => {
    const text = await receipt();
    await redeem(text);
    return redeem(text);
  },
  'GET /.well-known/jwks.json 503': () =>
    withoutTables(async () => {
      // The keys are read again after a second.
      kanda.advance(2 * SECOND);
      const answer = await kanda.call('GET', '/.well-known/jwks.json');
      kanda.advance(-2 * SECOND);
      return answer;
    }),
  'GET /.well-known/jwks.json 200': () => kanda.call('GET', '/.well-known/jwks.json'),
};
