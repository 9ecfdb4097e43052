import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Notice } from '../../ui/panel.tsx';
import { infoQuery } from '../info.ts';
import { keepsSession, tunnelTo } from '../kept-session.ts';

/**
 * A form that ends in a session; on a page whose browser would keep none, why it is not there, and the way out.
 * Without the form no password is typed, filled in by a password manager, or sent in the clear.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: info } = useQuery(infoQuery);
  if (keepsSession(info, window)) return children;
  return <Notice tone="warning">{window.isSecureContext ? <UnknownProxy /> : <PlainHttp />}</Notice>;
}

const LINK_CLASS = 'text-accent underline';

function PlainHttp() {
  const source = useRef<HTMLElement>(null);
  const { command, origin } = tunnelTo(window.location);
  const here = `${origin}${window.location.pathname}`;
  return (
    <>
      <p className="font-semibold">This page isn't on HTTPS, so your browser won't keep you signed in.</p>
      <p className="mt-1">
        Your password would also cross the network readable by all, so there is no form here.
      </p>
      <p className="mt-4">If you may log in to the server with SSH, run this on your own machine:</p>
      <code
        ref={source}
        className="mt-2 block rounded-control border border-border bg-surface px-3 py-2.5 break-words text-ink"
      >
        {command}
      </code>
      <div className="mt-2 mb-4">
        <CopyButton text={command} label="Copy command" source={source} />
      </div>
      <p>
        Leave it running and open{' '}
        <a className={`${LINK_CLASS} break-all`} href={here}>
          {here}
        </a>
        .
      </p>
      <p className="mt-4">
        For everybody:{' '}
        <a className={LINK_CLASS} href="/docs/operating/running#the-pages">
          put a proxy with HTTPS before Kanda
        </a>
        .
      </p>
    </>
  );
}

/** The browser sees HTTPS, the server does not: there is a proxy, and the server was not told of it. */
function UnknownProxy() {
  return (
    <>
      <p className="font-semibold">Kanda doesn't know that this page is on HTTPS, so it can't sign you in.</p>
      <p className="mt-1">
        The operator can fix this: set <code>KANDA_PUBLIC_URL</code> to{' '}
        <code className="break-all">{window.location.origin}</code>, or name the proxy in{' '}
        <code>KANDA_TRUSTED_PROXIES</code>.
      </p>
      <p className="mt-4">
        <a className={LINK_CLASS} href="/docs/operating/running#behind-a-reverse-proxy">
          Behind a reverse proxy
        </a>
      </p>
    </>
  );
}
