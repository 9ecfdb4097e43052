/** As status-ways.ts, for receipts. */
import { DatabaseSync } from 'node:sqlite';
import { codeAt } from '../support/start-app.ts';
import { account, closed, fresh, kanda, type Way } from './status-apps.ts';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Written as a receipt is, under a key that no server has. */
export const RECEIPT_OF_NOBODY = [
  encoded({ alg: 'EdDSA', typ: 'kanda-receipt+jwt', kid: 'unknown' }),
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
  // Of a server that has read no keys yet: another one goes on with those that it has.
  'GET /.well-known/jwks.json 503': async () => {
    const sqlite = new DatabaseSync(closed.databaseFile);
    sqlite.exec('alter table server_key rename to server_key_gone');
    const answer = await closed.call('GET', '/.well-known/jwks.json');
    sqlite.exec('alter table server_key_gone rename to server_key');
    sqlite.close();
    return answer;
  },
  'GET /.well-known/jwks.json 200': () => kanda.call('GET', '/.well-known/jwks.json'),
};
