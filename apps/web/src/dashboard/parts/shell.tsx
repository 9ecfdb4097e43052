import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Dialog as Radix } from 'radix-ui';
import { useCallback, useEffect, useState } from 'react';
import { chooseLanguage, spokenLanguage } from '../../texts/language.ts';
import { t } from '../../texts/shell.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Icon } from '../../ui/icons.tsx';
import { signOut, useAccount } from '../account.ts';
import { MODIFIER, useGoToKey, useShortcuts } from '../keyboard.ts';
import { leaveTo } from '../leave.ts';
import { showHalf, useMode } from '../mode.ts';
import { useTheme } from '../theme.ts';
import { DASHBOARD_PAGES, FRAME_CLASSES, Home, NAV_LINK_CLASS, SERVER_PAGE } from './frame.tsx';
import { GoTo } from './go-to.tsx';
import { KeyboardHelp } from './keyboard-help.tsx';
import { SignInOver } from './sign-in-over.tsx';
import { TestBanner } from './test-banner.tsx';

/** Lists whose rows are long: they take what a wide window has. */
const WIDE: ReadonlySet<string> = new Set(['/dashboard/clients', '/dashboard/logs']);

/** What stands around every page behind the sign-in: the sidebar, which is a sheet on a phone, and the keys. */
export function Shell() {
  const [help, setHelp] = useState(false);
  useShortcuts(useCallback(() => setHelp(true), []));
  const [goingTo, setGoingTo] = useState(false);
  const goTo = useCallback(() => setGoingTo(true), []);
  useGoToKey(goTo);
  const isWide = useRouterState({ select: ({ location }) => WIDE.has(location.pathname) });
  return (
    <div className={FRAME_CLASSES.whole}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2"
      >
        {t.skipToContent}
      </a>
      <aside className={FRAME_CLASSES.sidebar}>
        <Home className="mb-5 self-start px-2" />
        <Navigation onGoTo={goTo} />
      </aside>
      <NarrowBar onGoTo={goTo} />
      <main id="content" className={classes(FRAME_CLASSES.main, isWide && '2xl:max-w-[96rem]')}>
        <TestBanner />
        <Outlet />
      </main>
      <GoTo open={goingTo} onClose={() => setGoingTo(false)} />
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
      <SignInOver />
    </div>
  );
}

function Navigation({ onPick, onGoTo }: { onPick?: () => void; onGoTo?: () => void }) {
  const { operator } = useAccount();
  const pages = operator === true ? [...DASHBOARD_PAGES, SERVER_PAGE] : DASHBOARD_PAGES;
  return (
    <>
      <nav aria-label={t.dashboard} className="flex flex-col gap-0.5">
        {pages.map(({ to, label, icon, exact }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact, includeSearch: false }}
            className={NAV_LINK_CLASS}
            {...(onPick === undefined ? {} : { onClick: onPick })}
          >
            <Icon name={icon} />
            {label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto flex flex-col gap-0.5 pt-6">
        {onGoTo !== undefined && (
          <button type="button" className={`${NAV_LINK_CLASS} cursor-pointer`} onClick={onGoTo}>
            <Icon name="search" />
            {t.goToKey(<kbd className="ml-auto text-12">{MODIFIER} K</kbd>)}
          </button>
        )}
        <a href="/docs" className={NAV_LINK_CLASS}>
          <Icon name="docs" />
          {t.docs}
        </a>
        <ModeSwitch />
        <ThemeSwitch />
        <LanguageSwitch />
        <SignOut />
      </div>
    </>
  );
}

function ModeSwitch() {
  const other = useMode() === 'test' ? 'live' : 'test';
  return (
    <button type="button" className={`${NAV_LINK_CLASS} cursor-pointer`} onClick={() => showHalf(other)}>
      <Icon name="playground" />
      {other === 'test' ? t.testHalf : t.liveHalf}
    </button>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className={`${NAV_LINK_CLASS} cursor-pointer`} onClick={() => setTheme(other)}>
      <Icon name={other === 'dark' ? 'moon' : 'sun'} />
      {other === 'dark' ? t.darkTheme : t.lightTheme}
    </button>
  );
}

/** To the other language, by its own name. */
function LanguageSwitch() {
  const [locale, name] =
    spokenLanguage() === 'de' ? (['en', 'English'] as const) : (['de', 'Deutsch'] as const);
  return (
    <button
      type="button"
      lang={locale}
      className={`${NAV_LINK_CLASS} cursor-pointer`}
      onClick={() => chooseLanguage(locale)}
    >
      <Icon name="language" />
      {name}
    </button>
  );
}

function SignOut() {
  const { email } = useAccount();
  const leave = async () => {
    await signOut();
    leaveTo('/signin');
  };
  return (
    <>
      <button type="button" className={`${NAV_LINK_CLASS} cursor-pointer`} onClick={leave}>
        <Icon name="leave" />
        {t.signOut}
      </button>
      <p className="truncate px-2.5 pt-2 text-12 text-muted" title={email}>
        {email}
      </p>
    </>
  );
}

/** The bar of a narrow window. It stays in sight, so what is jumped to keeps clear of it (scroll-padding). */
function NarrowBar({ onGoTo }: { onGoTo: () => void }) {
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the sheet
  useEffect(() => setOpen(false), [path]);
  return (
    <header className={FRAME_CLASSES.bar}>
      <Home className="px-1" />
      <IconButton icon="search" label={t.goTo} className="ml-auto" onClick={onGoTo} />
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Trigger asChild>
          <IconButton icon="menu" label={t.menu} />
        </Radix.Trigger>
        <Radix.Portal>
          <div className="fade-in fixed inset-0 z-40 bg-black/50" aria-hidden="true" />
          <Radix.Content
            aria-describedby={undefined}
            className="fade-in fixed inset-y-0 right-0 z-50 flex w-64 flex-col overflow-y-auto border-l border-border bg-bg p-3 outline-none"
          >
            <div className="mb-2 flex items-center justify-between pl-2.5">
              <Radix.Title className="text-16 font-semibold">{t.menu}</Radix.Title>
              <Radix.Close asChild>
                <IconButton icon="close" label={t.close} />
              </Radix.Close>
            </div>
            <Navigation onPick={() => setOpen(false)} />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </header>
  );
}
