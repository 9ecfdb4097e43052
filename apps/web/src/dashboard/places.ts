import type { IconName } from '../ui/icons.tsx';
import { DASHBOARD_PAGES, SERVER_PAGE } from './parts/frame.tsx';

/** Something that one can go to. */
export interface Place {
  /** Unlike that of any other. */
  id: string;
  name: string;
  /** Beside the name: what it is, or where. */
  note: string;
  icon: IconName;
  /** The address, of this server. */
  href: string;
  /** A static page: the browser loads it. */
  isDocument?: true;
}

const PAGES: readonly Place[] = [
  ...DASHBOARD_PAGES.map(({ to, label, icon }) => page(to, label, '', icon)),
  page('/dashboard/clients?new=true', 'Enrol a user', 'Users', 'plus'),
  page('/dashboard/keys?new=true', 'Make an API key', 'API keys', 'plus'),
  page('/dashboard/webhooks?new=true', 'Make a webhook', 'Webhooks', 'plus'),
  page('/dashboard/import', 'Import users', 'Users', 'upload'),
  page('/dashboard/export', 'Export users', 'Users', 'download'),
  page('/dashboard/settings/account', 'Account and password', 'Settings', 'settings'),
  page('/dashboard/settings/two-factor', 'Two-factor login', 'Settings', 'settings'),
  page('/dashboard/settings/sessions', 'Sessions', 'Settings', 'settings'),
  page('/dashboard/settings/policy', 'Policy', 'Settings', 'settings'),
  page('/dashboard/settings/pages', 'Pages of links', 'Settings', 'settings'),
  page('/dashboard/settings/keyboard', 'Keyboard', 'Settings', 'settings'),
];

function page(href: string, name: string, note: string, icon: IconName): Place {
  return { id: href, name, note, icon, href };
}

const OPERATORS: readonly Place[] = [page(SERVER_PAGE.to, SERVER_PAGE.label, '', SERVER_PAGE.icon)];

/** The pages whose name or place has every word that was typed, as the beginning of one of its own. */
export function pagesFor(typed: string, operator: boolean): readonly Place[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return [...PAGES, ...(operator ? OPERATORS : [])].filter(({ name, note }) => {
    const own = `${name} ${note}`.toLowerCase().split(/[\s-]+/);
    return words.every((word) => own.some((each) => each.startsWith(word)));
  });
}
