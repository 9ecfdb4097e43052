const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * A time that an operator typed, in ms since the epoch: a day (UTC), or a time with its zone, since one without would be of
 * the zone of the machine that the command happens to run on. null: not a time.
 */
export function timeOf(text: string): number | null {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
