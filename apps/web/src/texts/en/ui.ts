export const ui = {
  justNow: 'just now',
  inTime: (words: string | number) => `in ${words}`,
  ago: (words: string | number) => `${words} ago`,
  minutesShort: (minutes: string | number) => `${minutes} min`,
  copy: 'Copy',
  code: 'Code',
  cancel: 'Cancel',
  typeThe: (noun: string | number) => `Type the ${noun} `,
  copied: 'Copied',
  press: (keys: string | number) => `Press ${keys}`,
  close: 'Close',
  documentTitle: (name: string | number) => `${name} · Kanda`,
  smaller: 'Smaller',
  enlarge: 'Enlarge',
  denseCode:
    'Label and issuer are long, so this code is dense. If a phone cannot read it, enlarge it or type the key.',
  loading: 'Loading',
  active: 'Active',
  locked: 'Locked',
  disabled: 'Disabled',
  pending: 'Pending',
  success: 'Success',
  notDone: 'Not done',
  failure: 'Failure',
  weakSecret: 'Weak secret',
  confirmation: 'Confirmation',
  dismiss: 'Dismiss',
  /** One of it, and several. */
  nouns: {
    second: ['second', 'seconds'],
    minute: ['minute', 'minutes'],
    hour: ['hour', 'hours'],
    day: ['day', 'days'],
    step: ['step', 'steps'],
    user: ['user', 'users'],
    'recovery code': ['recovery code', 'recovery codes'],
    result: ['result', 'results'],
    code: ['code', 'codes'],
    kind: ['kind', 'kinds'],
    'other call': ['other call', 'other calls'],
    time: ['time', 'times'],
    event: ['event', 'events'],
    secret: ['secret', 'secrets'],
    attempt: ['attempt', 'attempts'],
  } as Readonly<
    Record<
      | 'second'
      | 'minute'
      | 'hour'
      | 'day'
      | 'step'
      | 'user'
      | 'recovery code'
      | 'result'
      | 'code'
      | 'kind'
      | 'other call'
      | 'time'
      | 'attempt'
      | 'secret'
      | 'event',
      readonly [one: string, many: string]
    >
  >,
  never: 'never',
  notifications: 'Notifications ({hotkey})',
};
