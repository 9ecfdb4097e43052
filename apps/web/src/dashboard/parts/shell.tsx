import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Dialog as Radix } from 'radix-ui';
import { useCallback, useEffect, useState } from 'react';
import { Mark } from '../../brand/mark.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { signOut, useAccount } from '../account.ts';
import { useShortcuts } from '../keyboard.ts';
import { showHalf, useMode } from '../mode.ts';
import { useTheme } from '../theme.ts';
import { KeyboardHelp } from './keyboard-help.tsx';
import { SignInOver } from './sign-in-over.tsx';
import { TestBanner } from './test-banner.tsx';

const PAGES = [
  { to: '/dashboard', label: 'Overview', icon: 'overview', exact: true },
  { to: '/dashboard/clients', label: 'Clients', icon: 'clients', exact: false },
  { to: '/dashboard/keys', label: 'API keys', icon: 'keys', exact: false },
  { to: '/dashboard/webhooks', label: 'Webhooks', icon: 'webhooks', exact: false },
  { to: '/dashboard/logs', label: 'Log', icon: 'log', exact: false },
  { to: '/dashboard/playground', label: 'Playground', icon: 'playground', exact: false },
  { to: '/dashboard/settings', label: 'Settings', icon: 'settings', exact: false },
] as const satisfies readonly { to: string; label: string; icon: IconName; exact: boolean }[];

/** What stands around every page behind the sign-in: the sidebar, which is a sheet on a phone, and the keys. */
export function Shell() {
  const [help, setHelp] = useState(false);
  useShortcuts(useCallback(() => setHelp(true), []));
  return (
    <div className="md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col overflow-y-auto border-r border-border px-3 py-4 md:flex">
        <Home />
        <Navigation />
      </aside>
      <NarrowBar />
      <main id="content" className="mx-auto w-full max-w-page min-w-0 px-4 py-6 sm:px-8 sm:py-8">
        <TestBanner />
        <Outlet />
      </main>
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
      <SignInOver />
    </div>
  );
}

function Home() {
  return (
    <a href="/" className="mb-5 flex items-center gap-2 self-start rounded-badge px-2 text-18 font-semibold">
      <span className="text-accent">
        <Mark size={22} />
      </span>
      Kanda
    </a>
  );
}

const LINK =
  'flex h-control items-center gap-2.5 rounded-control px-2.5 text-14 text-muted hover:bg-sunken hover:text-ink ' +
  'data-[status=active]:bg-sunken data-[status=active]:font-semibold data-[status=active]:text-ink';

function Navigation({ onPick }: { onPick?: () => void }) {
  return (
    <>
      <nav aria-label="Dashboard" className="flex flex-col gap-0.5">
        {PAGES.map(({ to, label, icon, exact }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact, includeSearch: false }}
            className={LINK}
            {...(onPick === undefined ? {} : { onClick: onPick })}
          >
            <Icon name={icon} />
            {label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto flex flex-col gap-0.5 pt-6">
        <a href="/docs" className={LINK}>
          <Icon name="docs" />
          Docs
        </a>
        <ModeSwitch />
        <ThemeSwitch />
        <SignOut />
      </div>
    </>
  );
}

function ModeSwitch() {
  const other = useMode() === 'test' ? 'live' : 'test';
  return (
    <button type="button" className={`${LINK} cursor-pointer`} onClick={() => showHalf(other)}>
      <Icon name="playground" />
      {other === 'test' ? 'Test half' : 'Live half'}
    </button>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className={`${LINK} cursor-pointer`} onClick={() => setTheme(other)}>
      <Icon name={other === 'dark' ? 'moon' : 'sun'} />
      {other === 'dark' ? 'Dark theme' : 'Light theme'}
    </button>
  );
}

function SignOut() {
  const { email } = useAccount();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await signOut();
    await navigate({ to: '/signin' });
    queries.clear();
  };
  return (
    <>
      <button type="button" className={`${LINK} cursor-pointer`} onClick={leave}>
        <Icon name="leave" />
        Sign out
      </button>
      <p className="truncate px-2.5 pt-2 text-12 text-muted" title={email}>
        {email}
      </p>
    </>
  );
}

/** The bar of a narrow window. It stays in sight, so what is jumped to keeps clear of it (scroll-padding). */
function NarrowBar() {
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the sheet
  useEffect(() => setOpen(false), [path]);
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center justify-between border-b border-border bg-bg px-3 md:hidden">
      <a href="/" className="flex items-center gap-2 rounded-badge px-1 text-18 font-semibold">
        <span className="text-accent">
          <Mark size={22} />
        </span>
        Kanda
      </a>
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Trigger asChild>
          <IconButton icon="menu" label="Menu" />
        </Radix.Trigger>
        <Radix.Portal>
          <div className="fade-in fixed inset-0 z-40 bg-black/50" aria-hidden="true" />
          <Radix.Content
            aria-describedby={undefined}
            className="fade-in fixed inset-y-0 right-0 z-50 flex w-64 flex-col overflow-y-auto border-l border-border bg-bg p-3 outline-none"
          >
            <div className="mb-2 flex items-center justify-between pl-2.5">
              <Radix.Title className="text-16 font-semibold">Menu</Radix.Title>
              <Radix.Close asChild>
                <IconButton icon="close" label="Close" />
              </Radix.Close>
            </div>
            <Navigation onPick={() => setOpen(false)} />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </header>
  );
}
