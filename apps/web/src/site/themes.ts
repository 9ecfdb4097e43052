import { all, element } from './elements.ts';

/** Also read by public/theme.js, before the first paint, and by the dashboard. */
const STORED = 'kanda-theme';
const THEMES = [
  ['', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

/** The choice of theme at the foot of the page. */
export function addThemeChoice(): void {
  for (const place of all('[data-themes]')) {
    const buttons = THEMES.map(([theme, name]) => {
      const button = element('button', { type: 'button' }, name);
      button.addEventListener('click', () => {
        choose(theme);
        mark();
      });
      return { theme, button };
    });
    const mark = () => {
      const now = document.documentElement.dataset.theme ?? '';
      for (const { theme, button } of buttons) button.ariaPressed = String(theme === now);
    };
    mark();
    place.role = 'group';
    place.ariaLabel = 'Theme';
    place.append(...buttons.map(({ button }) => button));
    place.hidden = false;
  }
}

function choose(theme: string): void {
  if (theme === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === '') localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, theme);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
}
