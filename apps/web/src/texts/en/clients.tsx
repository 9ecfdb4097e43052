import type { ReactNode } from 'react';

export const clients = {
  users: 'Users',
  sendLink: 'Send a link',
  enrol: 'Enrol',
  import: 'Import',
  export: 'Export',
  searchUsers: 'Search users',
  searchPlaceholder: 'User ID, label or issuer',
  status: 'Status',
  anyStatus: 'Any status',
  active: 'Active',
  pending: 'Pending',
  locked: 'Locked',
  disabled: 'Disabled',
  weakOnly: 'Weak secrets only',
  noMatchYet: 'No match so far',
  searchStopped: 'The search stopped part of the way. Look further with Next.',
  noMatch: 'No user matches',
  noFurther: 'No further users',
  clearFilters: 'Clear filters',
  firstPage: 'First page',
  noneEnrolled: 'No one is enrolled.',
  enrolUser: 'Enrol a user',
  enrolHint: (code: (words: string) => ReactNode, link: (words: string) => ReactNode) => (
    <>
      Enrol a user here or call {code('/api/totp/register')}. Users of another program can be{' '}
      {link('imported')} with the secrets that their phones have.
    </>
  ),
  pages: 'Pages',
  next: 'Next',
  noSuchUser: 'No such user',
  noUserHasId: (id: ReactNode) => (
    <>No user has the ID {id}. It may have been deleted; the log still has what happened to it.</>
  ),
  itsLog: 'Its log',
  user: 'User',
  cannotLogInYet: (id: ReactNode, when: ReactNode) => (
    <>
      {id} cannot log in yet: its first code has not been typed. Without it, the enrolment ends{when}, and the
      user is gone.
    </>
  ),
  atTime: (time: string | number) => ` at ${time}`,
  label: 'Label',
  issuer: 'Issuer',
  wrongCodes: 'Wrong codes',
  failures: (inRow: string | number, today: string | number) => `${inRow} in a row, ${today} in 24 hours`,
  enrolled: 'Enrolled',
  lastSuccess: 'Last success',
  secrets: 'Secrets',
  sealed: 'Sealed. They cannot be shown again; replace one instead.',
  events: 'Events',
  allInLog: 'All in the log',
  noAttempts: 'No attempts yet.',
  firstCodeHere: 'The first code that is checked appears here.',
  newestEventsOf: (id: string | number) => `Newest events of ${id}`,
  lock: 'Lock',
  lockedUntilUnlocked: 'Locked until you unlock it',
  lockedUntil: (time: string | number, wait: string | number) => `Locked until ${time}, for ${wait} more`,
  lockReason: (inRow: string | number, today: string | number) =>
    `${inRow} wrong codes in a row, ${today} in 24 hours. Codes are refused without being checked.`,
  unlock: 'Unlock',
  unlockUser: (id: string | number) => `Unlock ${id}?`,
  unlocking: 'Unlocking…',
  isUnlocked: (id: string | number) => `${id} is unlocked.`,
  unlockMeans:
    'Its failures are forgotten and codes are looked at again. Be sure that it is your user who asks.',
  clock: 'Clock',
  refusedUntil: (time: ReactNode) => <>Right codes are refused until {time}</>,
  clockReason:
    'A code was accepted while the server’s clock was ahead, or a backup was restored recently. Codes before that time are refused, and do not lead to a lock.',
  resetClock: 'Reset clock',
  resetClockOf: (id: string | number) => `Reset the clock of ${id}?`,
  resetting: 'Resetting…',
  canUseCodes: (id: string | number) => `${id} can use codes again.`,
  resetMeans:
    'Be sure that the server’s clock is right now. Codes are accepted again, but none that may have been accepted while it was ahead. Failures are forgotten too, as when you unlock.',
  enable: 'Enable',
  disable: 'Disable',
  rotate: 'Rotate',
  delete: 'Delete',
  actions: 'Actions',
  rotateSecret: 'Rotate the secret?',
  userId: 'user ID',
  rotating: 'Rotating…',
  rotateMeans: (which: string | number) =>
    `${which} You get a new QR code to scan; a lock ends with it, and so do trusted browsers. Does the phone still work? Then use Replace at its authenticator: the old secret works until the new one is confirmed.`,
  allSecretsStop: (count: string | number) =>
    `The secrets of all ${count} authenticators stop working at once.`,
  secretStops: 'The secret on the phone stops working at once.',
  newSecretOf: (id: string | number) => `New secret of ${id}`,
  theSecret: 'the secret',
  savedSecret: 'I have scanned or saved this secret',
  disableUser: (id: string | number) => `Disable ${id}?`,
  disabling: 'Disabling…',
  disableMeans:
    'Every code of this user is refused until you enable the user again. The secrets stay; trusted browsers end.',
  isDeleted: (id: string | number) => `${id} is deleted.`,
  deleteUser: 'Delete this user?',
  deleting: 'Deleting…',
  deleteMeans: 'Its secrets are destroyed and cannot be brought back. Its events stay in the log.',
  recoveryCodes: 'Recovery codes',
  makeNewCodes: 'Make new codes',
  deleteCodes: 'Delete codes',
  recoveryCodesOf: (id: string | number) => `Recovery codes of ${id}`,
  giveThem: (id: ReactNode) => (
    <>
      Give them to your user. Each lets {id} in once without the phone, also while it is locked. Earlier codes
      are void.
    </>
  ),
  noCodes: 'There are none. With one of them, your user gets in once when the phone is lost.',
  codesLeft: (codes: ReactNode, made: ReactNode) => (
    <>
      {codes} left, made {made}. Each lets your user in once without the phone, also while the user is locked.
    </>
  ),
  makeAndGive: (why: string | number) => `${why} Make new ones, and give them to your user.`,
  lastUsed: 'The last one is used.',
  fewLeft: 'Few are left.',
  makeCodes: 'Make recovery codes?',
  making: 'Making…',
  makeCodesMeans: (lost: string) =>
    `You get 10 codes, shown once. Have a way ready to give them to your user.${lost}`,
  voidAtOnce: (codes: string | number) => ` The ${codes} that your user has now are void at once.`,
  codesDeleted: (id: string | number) => `The recovery codes of ${id} are deleted.`,
  deleteAllCodes: 'Delete all recovery codes?',
  deleteCodesMeans:
    'None of these codes will work any more. Without the phone, the user then needs your help.',
  tableCaption: 'Users, newest first',
  simulated: 'Simulated',
  theRecoveryCodes: 'the recovery codes',
  keptCodes: 'I have kept these codes in a safe place',
  codesFileHead: (owner: string | number, date: string | number) =>
    `Recovery codes of ${owner}, made ${date}. Each is good once.`,
  copyCodes: 'Copy codes',
  download: 'Download',
  print: 'Print',
  trustedBrowsers: 'Trusted browsers',
  endAll: 'End all',
  trustOff: 'The policy has trusted browsers off: none of these is accepted in place of a code.',
  noneTrusted: 'None yet. A browser is trusted when your application sends trustDevice with a right code.',
  trustedNeedNoCode: 'These browsers need no code until they end, even while the user is locked.',
  trustedBrowsersOf: (id: string | number) => `Trusted browsers of ${id}`,
  trusted: 'Trusted',
  lastUsedAt: 'Last used',
  ends: 'Ends',
  endBrowser: (label: string | number) => `End ${label}`,
  end: 'End',
  notTrusted: (label: string | number) => `${label} is not trusted any longer.`,
  noneTrustedOf: (id: string | number) => `No browser of ${id} is trusted any longer.`,
  endAllBrowsers: 'End all trusted browsers?',
  ending: 'Ending…',
  endAllMeans: 'In each of them the user is asked for a code at the next login.',
  simulatedRemoved: (users: string | number) => `${users} of the simulated phone removed.`,
  ofSimulatedPhone: (users: string | number) => `${users} of the simulated phone.`,
  orMoreUsers: (count: string | number) => `${count} or more users`,
  removing: 'Removing…',
  removeThem: 'Remove them',
  userIdHead: 'User ID',
  created: 'Created',
  isDisabled: (id: string) => `${id} is disabled.`,
  isEnabled: (id: string) => `${id} is enabled.`,
};
