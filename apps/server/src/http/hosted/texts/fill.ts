/** Marks that turn the direction of what follows: in a name they could turn the text around it. */
const DIRECTION_MARKS = /[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g;
const LATIN = /^[\u0020-\u007E\u00A0-\u024F]*$/;

const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;

/**
 * A text with its placeholders filled in, as plain text. What is filled in keeps its own direction: a Latin name in an
 * Arabic sentence, and the other way round.
 */
export function fill(
  text: string,
  direction: 'ltr' | 'rtl',
  values: Readonly<Record<string, string>>,
): string {
  return text.replaceAll(/\{(\w+)\}/g, (placeholder, key: string) => {
    const value = values[key]?.replaceAll(DIRECTION_MARKS, '');
    if (value === undefined) return placeholder;
    return direction === 'ltr' && LATIN.test(value) ? value : `\u2068${value}\u2069`;
  });
}

/** For how long to wait, in words, rounded up: seconds below two minutes, then minutes, hours from two hours on. */
export function durationText(seconds: number, locale: string): string {
  const [amount, unit] =
    seconds < 2 * MINUTE_SECONDS
      ? [seconds, 'second']
      : seconds < 2 * HOUR_SECONDS
        ? [seconds / MINUTE_SECONDS, 'minute']
        : [seconds / HOUR_SECONDS, 'hour'];
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.max(1, Math.ceil(amount)));
}
