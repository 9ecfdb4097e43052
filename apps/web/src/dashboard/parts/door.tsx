import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Mark } from '../../brand/mark.tsx';
import { Notice, PageHeader } from '../../ui/panel.tsx';
import { infoQuery } from '../info.ts';

/** The one narrow column of the pages before the sign-in. */
export function Door({ name, children, foot }: { name: string; children: ReactNode; foot?: ReactNode }) {
  const { data: info } = useQuery(infoQuery);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[24.5rem] flex-col px-4 py-10 sm:py-16">
      <a href="/" className="mb-8 flex items-center gap-2 self-start rounded-badge text-18 font-semibold">
        <span className="text-accent">
          <Mark size={24} />
        </span>
        Kanda
      </a>
      <PageHeader name={name} />
      {(!window.isSecureContext || info?.cookieLogin === false) && (
        <Notice tone="warning" className="mb-6">
          This page isn't on HTTPS, so your browser won't keep you signed in.{' '}
          <a className="underline" href="/docs/operating">
            How to serve it over HTTPS
          </a>
        </Notice>
      )}
      {children}
      {foot !== undefined && <p className="mt-8 text-14 text-muted">{foot}</p>}
    </main>
  );
}
