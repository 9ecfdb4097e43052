import { Link, Outlet } from '@tanstack/react-router';
import { t } from '../../../texts/settings.ts';
import { classes } from '../../../ui/classes.ts';
import { PageHeader } from '../../../ui/panel.tsx';

const SECTIONS = [
  {
    to: '/dashboard/settings/account',
    get label() {
      return t.account;
    },
  },
  {
    to: '/dashboard/settings/two-factor',
    get label() {
      return t.twoFactorTab;
    },
  },
  {
    to: '/dashboard/settings/sessions',
    get label() {
      return t.sessions;
    },
  },
  {
    to: '/dashboard/settings/policy',
    get label() {
      return t.policy;
    },
  },
  {
    to: '/dashboard/settings/pages',
    get label() {
      return t.pages;
    },
  },
  {
    to: '/dashboard/settings/keyboard',
    get label() {
      return t.keyboard;
    },
  },
] as const;

export function SettingsLayout() {
  return (
    <>
      <PageHeader name={t.settings} />
      <nav aria-label={t.settings} className="mb-6 flex flex-wrap gap-x-3 border-b border-border sm:gap-x-1">
        {SECTIONS.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className={classes(
              '-mb-px flex h-control items-center border-b-2 border-transparent text-14 text-muted hover:text-ink sm:px-3',
              'data-[status=active]:border-accent data-[status=active]:font-semibold data-[status=active]:text-ink',
              // All six in one row of a narrow window.
              'max-sm:any-pointer-fine:text-12',
              // Of no use to fingers alone; a tablet with a mouse is likely to have keys too.
              label === 'Keyboard' && 'not-any-pointer-fine:hidden',
            )}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="max-w-2xl">
        <Outlet />
      </div>
    </>
  );
}
