import type { ReactNode } from 'react';
import type { Operation } from '../openapi.ts';

const QUOTAS = '/docs/operating/running#quotas';

/** What an account may have, by the code that says that it has all of it. */
const BY_CODE: Readonly<Record<string, string>> = {
  client_quota_exceeded: 'Users of the account: KANDA_QUOTA_CLIENTS.',
  key_quota_exceeded: 'API keys of the account: KANDA_QUOTA_KEYS.',
  event_quota_exceeded: 'Events of the account in 24 hours: KANDA_QUOTA_EVENTS.',
  storage_quota_exceeded: 'Storage of the account: KANDA_QUOTA_STORAGE.',
};

/** What is limited for a call: its body, how often it may be sent, and what the account may have. */
export function Limits({ operation }: { operation: Operation }) {
  const { bearer, errorCodes, limits } = operation;
  const codes = [...errorCodes.own, ...errorCodes.general];
  const quotas = Object.entries(BY_CODE).filter(([code]) => codes.includes(code));
  return (
    <ul>
      {limits.map((limit) => (
        <li key={limit}>{limit}</li>
      ))}
      {bearer !== null && (
        <li>
          Requests of the account in a second:{' '}
          <a href="/docs/reference/configuration">
            <code>KANDA_RATE_LIMIT</code>
          </a>
          , on each process.
        </li>
      )}
      {quotas.map(([code, text]) => (
        <li key={code}>
          <Quota text={text} />
        </li>
      ))}
      <li>
        The request line and the headers, and the time for all of it:{' '}
        <a href="/docs/reference/http-api#limits">those of every request</a>.
      </li>
    </ul>
  );
}

function Quota({ text }: { text: string }): ReactNode {
  const [what, name = ''] = text.replace(/\.$/, '').split(': ');
  return (
    <>
      {what}:{' '}
      <a href={QUOTAS}>
        <code>{name}</code>
      </a>
      .
    </>
  );
}
