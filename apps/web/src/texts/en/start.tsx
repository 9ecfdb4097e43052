import type { ReactNode } from 'react';

export const start = {
  makeApiKey: 'Make an API key',
  makeApiKeyText: 'Your app sends it with every call.',
  makeKey: 'Make a key',
  enrolUser: 'Enrol a user',
  enrolUserText:
    'One of your users, or yourself to begin with. It counts once a first code has confirmed it.',
  enrol: 'Enrol',
  haveCodeAccepted: 'Have a code accepted',
  haveCodeAcceptedText:
    'Scan the QR code, and send what the phone shows: when you enrol, or in the playground.',
  playground: 'Playground',
  putIntoApp: 'Put it into your app',
  putIntoAppText: 'Done when Kanda has accepted a code that came with an API key, not from this dashboard.',
  protectAccount: 'Protect this account',
  protectAccountText: 'Ask for a code when you sign in here.',
  turnOn: 'Turn on',
  backUpMasterKey: 'Back up the master key',
  backUpMasterKeyText:
    'Backups of the store do not hold it, and without it no secret in them opens. Kanda cannot see your copy, so you tick this yourself; a new master key takes the tick away.',
  topicMasterKey: 'backing up the master key',
  closeRegistration: 'Close registration',
  closeRegistrationText: 'Anyone who reaches this server can make an account on it.',
  topicRegistration: 'closing registration: KANDA_REGISTRATION',
  putHttps: 'Put HTTPS in front',
  putHttpsText: 'This page came over plain HTTP, and no public URL with https:// is set.',
  topicHttps: 'HTTPS in front of Kanda',
  howTo: 'How',
  dismissed: 'Dismissed. Settings, Account brings the list back.',
  tryIt: 'Try it',
  beforeReal: 'Before real users sign in',
  allDone: 'Getting started: all done',
  gettingStarted: 'Getting started',
  dismiss: 'Dismiss',
  hideCode: 'Hide the code',
  showCode: 'Show the code',
  toDo: 'To do: ',
  putKey: (code: (words: string) => ReactNode, link: (words: string) => ReactNode) => (
    <>
      Put your key in the place of {code('kan_your_api_key_here')}. Kanda shows a key only once:{' '}
      {link('make another')} if you do not have it any more.
    </>
  ),
  madeKey:
    'This is the key that you have just made: masked here, whole in what you copy. It is gone after a reload.',
  kandaIn: (language: string | number) => `Kanda in ${language}`,
  copyCode: 'Copy code',
  language: 'Language',
  needsAttention: 'Needs attention',
  nothingNeeds: 'Nothing needs you.',
  diskFull: 'The disk of this server is almost full: no one can be enrolled. Codes are still checked.',
  whatToDo: 'What to do',
  secretUnreadable: 'A secret could not be opened with the master key.',
  lockedNow: (users: string | number) => `${users} locked now.`,
  seeThem: 'See them',
  refusedShare: (percent: string | number) => `${percent} % of the codes were refused.`,
  lookAtThem: 'Look at them',
  keyNamed: (name: ReactNode) => <>Key {name} </>,
  neverUsed: 'was never used.',
  lastUsed: (at: ReactNode) => <>was used last {at}.</>,
  revokeIt: 'Revoke it',
  keyEnds: (name: ReactNode, at: ReactNode) => (
    <>
      Key {name} ends {at}.
    </>
  ),
  keys: 'Keys',
  codesLeft: (codes: string | number) => `${codes} left.`,
  makeNewOnes: 'Make new ones',
  keepCopy: (id: ReactNode) => <>I keep a copy of master key {id} on another machine</>,
  done: 'Done: ',
};
