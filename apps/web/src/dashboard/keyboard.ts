import { useNavigate } from '@tanstack/react-router';
import { useEffect, useSyncExternalStore } from 'react';
import { t } from '../texts/shell.ts';

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);
/** As the key is written on the keyboard. */
export const MODIFIER = IS_APPLE ? '⌘' : 'Ctrl';

/** What each key does, in the order in which the help lists them. */
export const shortcuts = () =>
  [
    [`${MODIFIER} K`, t.keyGoToAnything],
    ['/', t.keySearch],
    ['?', t.keyHelp],
    ['g o', t.keyOverview],
    ['g c', t.keyUsers],
    ['g k', t.keyKeys],
    ['g w', t.keyWebhooks],
    ['g l', t.keyLog],
    ['g p', t.keyPlayground],
    ['g s', t.keySettings],
    ['n', t.keyNew],
    ['j  k', t.keyRows],
    ['Enter', t.keyOpenRow],
    ['Esc', t.keyClose],
  ] as const;

const PAGES = {
  o: '/dashboard',
  c: '/dashboard/clients',
  k: '/dashboard/keys',
  w: '/dashboard/webhooks',
  l: '/dashboard/logs',
  p: '/dashboard/playground',
  s: '/dashboard/settings/account',
} as const;

const SEQUENCE_MS = 1_000;
const STORED = 'kanda-keyboard';
const listeners = new Set<() => void>();

/** Whether single keys do anything, and the switch for it (WCAG 2.1.4). */
export function useShortcutsOn(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, areOn);
  return [on, setOn];
}

let chosen: boolean | null = null;

function areOn(): boolean {
  if (chosen !== null) return chosen;
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

function setOn(on: boolean): void {
  chosen = on;
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    // Storage is closed: the choice lasts until the page is left.
  }
  for (const listener of listeners) listener();
}

/**
 * Calls `onOpen` at Ctrl-K, on Apple's keyboards Cmd-K: there Ctrl-K edits text. Also while something is typed, as it is no
 * single key; not over a dialog, whose work it would leave.
 */
export function useGoToKey(onOpen: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const modified = IS_APPLE ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      if (!modified || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return;
      if (event.defaultPrevented || document.querySelector('[role="dialog"],[role="menu"]') !== null) return;
      event.preventDefault();
      onOpen();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onOpen]);
}

/** Listens for the single keys of `shortcuts`. They do nothing while something is typed or a dialog is open. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const [on] = useShortcutsOn();
  useEffect(() => {
    if (!on) return;
    let goingSince = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"],[role="menu"]') !== null) return;
      const { key } = event;
      if (event.timeStamp - goingSince < SEQUENCE_MS) {
        goingSince = Number.NEGATIVE_INFINITY;
        const to = PAGES[key as keyof typeof PAGES];
        if (to === undefined) return;
        event.preventDefault();
        void navigate({ to });
        return;
      }
      switch (key) {
        case 'g':
          goingSince = event.timeStamp;
          return;
        case '?':
          event.preventDefault();
          onHelp();
          return;
        case '/':
          event.preventDefault();
          document.querySelector<HTMLElement>('[data-search]')?.focus();
          return;
        case 'n':
          event.preventDefault();
          document.querySelector<HTMLElement>('[data-new]')?.click();
          return;
        case 'j':
        case 'k':
          event.preventDefault();
          moveInRows(key === 'j' ? 1 : -1);
          return;
        default:
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [on, navigate, onHelp]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input,select,textarea,[contenteditable]') !== null;
}

/** The focus goes to what opens the next row, so that Enter opens it. */
function moveInRows(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = current === -1 ? (by === 1 ? 0 : rows.length - 1) : current + by;
  rows[next]?.querySelector<HTMLElement>('a,button')?.focus();
}
