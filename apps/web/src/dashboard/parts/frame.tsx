import { Mark } from '../../brand/mark.tsx';
import { t } from '../../texts/shell.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';

/** The pages of the dashboard, in the order of its navigation. */
export const DASHBOARD_PAGES = [
  {
    to: '/dashboard',
    get label() {
      return t.overview;
    },
    icon: 'overview',
    exact: true,
  },
  {
    to: '/dashboard/clients',
    get label() {
      return t.users;
    },
    icon: 'clients',
    exact: false,
  },
  {
    to: '/dashboard/keys',
    get label() {
      return t.apiKeys;
    },
    icon: 'keys',
    exact: false,
  },
  {
    to: '/dashboard/webhooks',
    get label() {
      return t.webhooks;
    },
    icon: 'webhooks',
    exact: false,
  },
  {
    to: '/dashboard/logs',
    get label() {
      return t.log;
    },
    icon: 'log',
    exact: false,
  },
  {
    to: '/dashboard/playground',
    get label() {
      return t.playground;
    },
    icon: 'playground',
    exact: false,
  },
  {
    to: '/dashboard/settings',
    get label() {
      return t.settings;
    },
    icon: 'settings',
    exact: false,
  },
] as const satisfies readonly { to: string; label: string; icon: IconName; exact: boolean }[];

/** For operators alone; the frame before the script does not know them. */
export const SERVER_PAGE = {
  to: '/dashboard/server',
  get label() {
    return t.server;
  },
  icon: 'server',
  exact: false,
} as const;

export const NAV_LINK_CLASS =
  'flex h-control items-center gap-2.5 rounded-control px-2.5 text-14 text-muted hover:bg-sunken hover:text-ink ' +
  'data-[status=active]:bg-sunken data-[status=active]:font-semibold data-[status=active]:text-ink';

/** Where everything is: shared with the frame, so that nothing moves when the dashboard takes its place. */
export const FRAME_CLASSES = {
  whole: 'md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]',
  sidebar: 'sticky top-0 hidden h-dvh flex-col overflow-y-auto border-r border-border px-3 py-4 md:flex',
  bar: 'sticky top-0 z-20 flex h-14 items-center justify-between border-b border-border bg-bg px-3 md:hidden',
  main: 'mx-auto w-full max-w-page min-w-0 px-4 py-6 sm:px-8 sm:py-8',
} as const;

/** The dashboard before its script has come: the build writes this into dashboard.html, so it has no state. */
export function Frame() {
  return (
    <div className={FRAME_CLASSES.whole}>
      <aside className={FRAME_CLASSES.sidebar}>
        <Home className="mb-5 self-start px-2" />
        <nav aria-label={t.dashboard} className="flex flex-col gap-0.5">
          {DASHBOARD_PAGES.map(({ to, label, icon }) => (
            <a key={to} href={to} className={NAV_LINK_CLASS}>
              <Icon name={icon} />
              {label}
            </a>
          ))}
        </nav>
      </aside>
      <header className={FRAME_CLASSES.bar}>
        <Home className="px-1" />
      </header>
      <main id="content" className={FRAME_CLASSES.main} aria-busy="true">
        <p className="text-14 text-muted">{t.loading}</p>
      </main>
    </div>
  );
}

/** The mark, which leads to the front page. */
export function Home({ className }: { className: string }) {
  return (
    <a href="/" className={`flex items-center gap-2 rounded-badge text-18 font-semibold ${className}`}>
      <span className="text-accent">
        <Mark size={22} />
      </span>
      Kanda
    </a>
  );
}
