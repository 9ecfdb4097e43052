import { t } from '../texts/shell.ts';
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

const pages = (): readonly Place[] => [
  ...DASHBOARD_PAGES.map(({ to, label, icon }) => page(to, label, '', icon)),
  page('/dashboard/clients?new=true', t.placeEnrol, t.users, 'plus'),
  page('/dashboard/keys?new=true', t.placeMakeKey, t.apiKeys, 'plus'),
  page('/dashboard/webhooks?new=true', t.placeMakeWebhook, t.webhooks, 'plus'),
  page('/dashboard/import', t.placeImport, t.users, 'upload'),
  page('/dashboard/export', t.placeExport, t.users, 'download'),
  page('/dashboard/settings/account', t.placeAccount, t.settings, 'settings'),
  page('/dashboard/settings/two-factor', t.placeTwoFactor, t.settings, 'settings'),
  page('/dashboard/settings/sessions', t.placeSessions, t.settings, 'settings'),
  page('/dashboard/settings/policy', t.placePolicy, t.settings, 'settings'),
  page('/dashboard/settings/pages', t.placeLinkPages, t.settings, 'settings'),
  page('/dashboard/settings/keyboard', t.placeKeyboard, t.settings, 'settings'),
];

function page(href: string, name: string, note: string, icon: IconName): Place {
  return { id: href, name, note, icon, href };
}

const operators = (): readonly Place[] => [page(SERVER_PAGE.to, SERVER_PAGE.label, '', SERVER_PAGE.icon)];

/** The pages whose name or place has every word that was typed, as the beginning of one of its own. */
export function pagesFor(typed: string, operator: boolean): readonly Place[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return [...pages(), ...(operator ? operators() : [])].filter(({ name, note }) => {
    const own = `${name} ${note}`.toLowerCase().split(/[\s-]+/);
    return words.every((word) => own.some((each) => each.startsWith(word)));
  });
}
