import type { ReactNode } from 'react';

export const authenticators = {
  add: 'Add an authenticator',
  addText: (id: ReactNode) => (
    <>Another phone or token for {id}. Codes of all of them are accepted; wrong codes count together.</>
  ),
  kind: 'Kind',
  appOnPhone: 'Authenticator app on a phone',
  hardwareToken: 'Hardware token with a button (HOTP)',
  name: 'Name',
  nameHint: 'To tell it from the others, such as Work phone.',
  cancel: 'Cancel',
  adding: 'Adding…',
  goOn: 'Go on',
  showQr: 'Show QR code',
  secret: 'Secret',
  secretHint: 'Base32, as its maker delivers it.',
  itIs: (problem: string | number) => `It ${problem}.`,
  digits: 'Digits',
  counter: 'Counter',
  oneMoment: 'One moment…',
  confirm: 'Confirm',
  cancelIt: 'Cancel it',
  changeNamed: (name: string | number) => `Change ${name}`,
  replace: 'Replace',
  resync: 'Resync',
  rename: 'Rename',
  remove: 'Remove',
  pending: 'Pending',
  inUse: 'In use',
  lastUsed: 'Last used',
  added: 'Added',
  replaced: 'Replaced',
  drift: 'Drift',
  weakSecret:
    'This secret has fewer than the 128 bits that RFC 4226 asks for. Replace it: it works until the new one is confirmed.',
  unnamed: (id: string | number) => `Authenticator ${id}`,
  newSecretOf: (name: string | number) => `New secret of ${name}`,
  hotp: (digits: string | number, algorithm: string | number) =>
    `Hardware token (HOTP): ${digits} digits at each press, ${algorithm}`,
  totp: (digits: string | number, period: string | number, algorithm: string | number) =>
    `Authenticator app (TOTP): ${digits} digits, every ${period} seconds, ${algorithm}`,
  notFollowed: 'not followed',
  untilTime: (time: string | number) => ` until ${time}`,
  attemptsLeft: (attempts: string | number) => `; ${attempts} left`,
  allOthers: 'all others',
  thenTakesPlace: (place: string | number) => ` It then takes the place of ${place}.`,
  waitsForCode: (until: string | number, attempts: string | number, then: string | number) =>
    `Waits for its first code${until}${attempts}.${then}`,
  fifthWrong:
    'That was the fifth wrong code, so this QR code no longer works. Remove it from the app and begin again.',
  refusedLeft: (words: string | number, attempts: string | number) => `${words} ${attempts} left.`,
  clockWarning: (off: string | number) =>
    `But the clock of this phone is ${off}, so its next codes will be refused. Set its date and time to automatic.`,
  counterFound: 'Its counter is found. Its codes work again.',
  clockFound: (off: string | number) => `Found: its clock is ${off}.`,
  driftTooLarge: (off: string | number) =>
    `Its clock is ${off}, which is more than Kanda follows. Set the clock of the phone to automatic.`,
  notFoundResync:
    'Not found. Are these two consecutive codes of this authenticator? Its clock or counter may also be further off.',
  authenticators: 'Authenticators',
  addShort: 'Add',
  authenticatorsOf: (id: string | number) => `Authenticators of ${id}`,
  theOldSecret: 'The old secret',
  replaceWhat: (what: string | number) => `Replace ${what}`,
  theSecretObject: 'the secret',
  worksUntil: (what: string | number) =>
    `${what} works until you type a code of the new one here, then it stops.`,
  newInUse: 'The new secret is in use; the old one no longer works.',
  enrolUser: (id: string | number) => `Enrol ${id}`,
  untilRightCode: (id: string | number) =>
    `Until the right code is typed here, every code of ${id} is refused.`,
  canLogIn: (id: string | number) => `${id} can log in with this authenticator.`,
  addNamed: (what: string | number) => `Add ${what}`,
  anAuthenticator: 'an authenticator',
  othersWork:
    'Until the right code is typed here, its codes are refused. The other authenticators work as before.',
  isInUse: (name: string | number) => `${name} is in use.`,
  whyNot: "Why doesn't it work?",
  diagnoseText:
    'Type a code that the user reads to you. It is not accepted, and counts as a wrong code. A code of a later time is used up. You can do this five times an hour for each user.',
  codeFromUser: 'Code from the user',
  diagnosing: 'Diagnosing…',
  diagnose: 'Diagnose',
  theAuthenticator: 'The authenticator',
  rightNow: (name: string | number) =>
    `The code is right and unused (${name}). The user may have mistyped it: let them try again.`,
  alreadyUsed: (name: string | number) =>
    `The code was right and has been used (${name}). Each is good once: wait for the next one.`,
  previousSecret:
    'The code is from a secret that was replaced: the app still shows the old entry. Delete it there and use the newer one, or rotate the secret and scan it.',
  otherAuthenticator: (name: string | number) =>
    `The code is from ${name}, not from the one that was asked about.`,
  neverConfirmed: (name: string | number) =>
    `The code is right, but ${name} was never confirmed. Finish its enrolment with a first code.`,
  wrongAlgorithm:
    'The app ignores the algorithm in the QR code. Enrol the user with SHA1, or use another app.',
  wrongDigits:
    'The app ignores the number of digits in the QR code. Enrol the user with 6, or use another app.',
  wrongPeriod:
    'The app ignores the period in the QR code. Enrol the user with 30 seconds, or use another app.',
  noMatch:
    'No authenticator of this user shows this code, within an hour of now. The app may have a very old entry, or that of another account: rotate the secret.',
  pressedUnused: (name: string | number, times: string | number) =>
    `${name} was pressed ${times} without a login. Resync it with two codes.`,
  beforeAccepted: (name: string | number) =>
    `The code is from before the last accepted one (${name}). Press for a new one.`,
  clockOff: (name: string | number, steps: string | number, seconds: string | number, way: string | number) =>
    `The clock of ${name} is ${steps}${seconds} ${way}. Set the date and time of the phone to automatic.`,
  atTime: (time: string | number) => ` at ${time}`,
  thisOne: 'This',
  thisQr: 'This QR code',
  expiresAfter: (meanwhile: string | number, what: string | number, until: string | number) =>
    `${meanwhile} ${what} expires${until}, or after 5 wrong codes.`,
  pressAndType: 'Press its button and type the code',
  finishLater: 'Finish later',
  canClose: "You can close this and come back to it: the user's page shows it again.",
  accepted: (text: string | number) => `Code accepted. ${text}`,
  done: 'Done',
  close: 'Close',
  beginning: 'Beginning…',
  beginAgain: 'Begin again',
  qrOver: 'This QR code no longer works: it has expired, or it was cancelled.',
  isRemoved: (name: string | number) => `${name} is removed.`,
  removeNamed: (name: string | number) => `Remove ${name}?`,
  removing: 'Removing…',
  removeMeans: (id: ReactNode) => (
    <>
      Its codes are refused from then on, and its secret cannot be brought back. The other authenticators of{' '}
      {id} work as before. Trusted browsers end.
    </>
  ),
  cannotRemove: (name: string | number) => `${name} cannot be removed`,
  isOnlyOne:
    'It is the only authenticator in use: without it no code of this user could be right. Replace it, add another one first, or delete the user.',
  isCancelled: (what: string | number) => `${what} is cancelled.`,
  cancelWhat: (what: string | number) => `Cancel ${what}?`,
  cancelling: 'Cancelling…',
  qrStops: 'Its QR code stops working. ',
  userGoes: (id: string | number) => `${id} has no other authenticator, so the user goes with it.`,
  nothingElse: 'Nothing else changes.',
  renameTitle: 'Rename the authenticator',
  renameHint: 'Only the name changes; the phone keeps its own.',
  renaming: 'Renaming…',
  replaceNamed: (name: string | number) => `Replace ${name}?`,
  replaceMeans:
    'You get a new QR code to scan. The old secret works until you type a code of the new one here, then it stops.',
  lostThen: (what: string | number) =>
    `Is the phone lost or stolen? Then ${what} instead: that ends the old secret at once.`,
  useRotate: 'use Rotate',
  removeThis: 'remove this authenticator',
  pressesAhead: '100 presses ahead',
  stepsAround: '20 steps before and after now',
  resyncNamed: (name: string | number) => `Resync ${name}`,
  resyncMeans: (why: string | number, reach: string | number) =>
    `${why} Type two codes that it shows one after the other; Kanda looks up to ${reach}. Both are used up, and a miss counts as a wrong code.`,
  forToken: 'For a token that was pressed often without a login.',
  forPhone: 'For a phone or token whose clock is off.',
  firstCode: 'First code',
  codeAfter: 'The code after it',
  looking: 'Looking…',
  fast: 'fast',
  slow: 'slow',
  clockRight: 'right',
  noDrift: 'none',
};
