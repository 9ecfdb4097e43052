/** As the dashboard's. */
export const DEFAULT_ACCENT = '#13607e';

/** What WCAG 1.4.3 asks of text. */
const READABLE = 4.5;

/** Whether white text on this colour is readable, 4.5 : 1 or more. On any other the button's text is black, which then is. */
export function accentIsReadable(accent: string): boolean {
  return 1.05 / (luminance(accent) + 0.05) >= READABLE;
}

/** The colour itself when it is `#rrggbb`, else Kanda's own; and that of the text on it. */
export function accentColours(accent: string): { readonly accent: string; readonly onAccent: string } {
  const colour = /^#[0-9a-f]{6}$/i.test(accent) ? accent.toLowerCase() : DEFAULT_ACCENT;
  return { accent: colour, onAccent: accentIsReadable(colour) ? '#ffffff' : '#000000' };
}

/** Relative luminance by WCAG 2.2, 0 to 1; NaN for what is no `#rrggbb`. */
function luminance(colour: string): number {
  const channel = (from: number) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
