import type { SeriesId } from '../../dashboard/charts/chart.ts';
import type { Range, Show } from '../../dashboard/searches.ts';

export const charts = {
  overview: 'Overview',
  range: 'Range',
  last24Hours: 'Last 24 hours',
  last7Days: 'Last 7 days',
  last30Days: 'Last 30 days',
  codesChecked: 'Codes checked',
  accepted: 'Accepted',
  users: 'Users',
  lockedNow: 'Locked now',
  lastEvents: 'Last events',
  log: 'Log',
  nothingYet: 'Nothing yet.',
  firstCallHere: 'Your first call appears here.',
  lastFive: 'The last five events',
  loneBar: (bar: string | number) => `${bar} That is all in this time. The chart begins with the second bar.`,
  mostAtOnce: (said: string | number, most: string | number, when: string | number) =>
    `${said} The most at once: ${most}, ${when}.`,
  usersLocked: (users: string | number) => `${users} locked`,
  acceptedRefused: (accepted: string | number, refused: string | number) =>
    `${accepted} accepted, ${refused} refused`,
  refusedEach: (refused: string | number, each: string | number) => `${refused} refused${each}`,
  shows: {
    codes: 'Accepted and refused',
    reasons: 'Refused, by reason',
    lockouts: 'Users locked',
  } satisfies Readonly<Record<Show, string>>,
  titles: {
    codes: 'Codes',
    reasons: 'Refused codes',
    lockouts: 'Users locked',
  } satisfies Readonly<Record<Show, string>>,
  series: {
    accepted: 'accepted',
    refused: 'refused',
    lockouts: 'locked',
    invalid_code: 'wrong code',
    code_already_used: 'used before',
    locked: 'user locked',
    disabled: 'user disabled',
    client_not_found: 'no such user',
    secret_unreadable: 'secret unreadable',
    other: 'other reason',
  } satisfies Readonly<Record<SeriesId, string>>,
  nothing: {
    codes: 'No codes were checked.',
    reasons: 'No codes were refused.',
    lockouts: 'No users were locked.',
  } satisfies Readonly<Record<Show, string>>,
  words: {
    show: 'Show',
    asChart: 'Show as chart',
    asTable: 'Show as table',
    csv: 'Save as CSV',
    time: 'Time',
    table: 'Figures over time',
    bar: 'Bar of the chart',
    daysInUtc: 'Days in UTC.',
    lockouts: 'Locked until they are unlocked or get a new secret; delays are not counted.',
  },
  ranges: { '24h': 'last 24 hours', '7d': 'last 7 days', '30d': 'last 30 days' } satisfies Readonly<
    Record<Range, string>
  >,
};
