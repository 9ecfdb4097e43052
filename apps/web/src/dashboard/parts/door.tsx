import type { ReactNode } from 'react';
import { Mark } from '../../brand/mark.tsx';
import { PageHeader } from '../../ui/panel.tsx';

/** The one narrow column of the pages before the sign-in. */
export function Door({ name, children, foot }: { name: string; children: ReactNode; foot?: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[24.5rem] flex-col px-4 py-10 sm:py-16">
      <a href="/" className="mb-8 flex items-center gap-2 self-start rounded-badge text-18 font-semibold">
        <span className="text-accent">
          <Mark size={24} />
        </span>
        Kanda
      </a>
      <PageHeader name={name} />
      {children}
      {foot !== undefined && <div className="mt-8 flex flex-col gap-3 text-14 text-muted">{foot}</div>}
    </main>
  );
}
