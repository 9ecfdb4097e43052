import { Link, Outlet } from '@tanstack/react-router';
import { PageHeader } from '../../../ui/panel.tsx';

const SECTIONS = [
  { to: '/dashboard/settings/account', label: 'Account' },
  { to: '/dashboard/settings/two-factor', label: 'Two-factor' },
  { to: '/dashboard/settings/sessions', label: 'Sessions' },
  { to: '/dashboard/settings/policy', label: 'Policy' },
  { to: '/dashboard/settings/keyboard', label: 'Keyboard' },
] as const;

export function SettingsLayout() {
  return (
    <>
      <PageHeader name="Settings" />
      <nav aria-label="Settings" className="mb-6 flex flex-wrap gap-x-1 border-b border-border">
        {SECTIONS.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className="-mb-px flex h-control items-center border-b-2 border-transparent px-3 text-14 text-muted hover:text-ink data-[status=active]:border-accent data-[status=active]:font-semibold data-[status=active]:text-ink"
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
