import type { ReactNode } from 'react';

export const exporting = {
  export: 'Export',
  exportUsers: 'Export users',
  exportText:
    'All users with their secrets, for another program or another Kanda. You can leave at any time.',
  signInAndExport: 'Sign in and export',
  stopQuestion: 'Stop the export?',
  stopText: 'Nothing is saved until the export is complete.',
  stopAndLeave: 'Stop and leave',
  goOn: 'Go on exporting',
  needsTwoFactor: (link: (words: string) => ReactNode, code: (words: string) => ReactNode) => (
    <>
      Exporting needs two-factor login that has been on for 72 hours, so that a stolen password is not enough
      for all secrets. {link('Turn it on')}, or ask the server's operator for {code('kanda export')}.
    </>
  ),
  kandaText: 'For another Kanda. It has everything: names, drift, and which codes were used.',
  uriText: 'One a line, for most other programs. Not in it: which codes were used, drift, names.',
  csvText: 'For privacyIDEA and LinOTP. Not in it: which codes were used, drift, names, issuers.',
  theFile: 'The file',
  format: 'Format',
  asGoodAs:
    "The file is as good as every phone in it: with it alone anyone can make every user's codes. It goes to your downloads folder as it is, where backups, synchronised folders and other programs find it.",
  understand: 'I understand, and will delete the file when I have used it',
  exportPlain: 'Export without encryption',
  whoCanRead: 'Who can read it',
  youWithAge: 'You, with your age key (recommended)',
  youWithAgeHint: 'Encrypted before it reaches your disk.',
  anyone: 'Anyone who gets the file',
  anyoneHint: 'Not encrypted. For programs on this computer that read it at once.',
  publicKey: 'Your public key',
  publicKeyHint: (code: (words: string) => ReactNode) => (
    <>
      The line that {code('age-keygen -o key.txt')} prints. Keep key.txt: without it no one can read the file.{' '}
    </>
  ),
  whatAgeIs: 'What age is',
  whatYouTake: 'What you take with you',
  inFile: (strong: (words: string) => ReactNode) => (
    <>
      {strong('In the file:')} every confirmed authenticator of every user, with its secret. No user has to
      scan a QR code again.
    </>
  ),
  notInFile: (strong: (words: string) => ReactNode) => (
    <>
      {strong('Not in the file:')} recovery codes, of which Kanda has only fingerprints, so your users need
      new ones; authenticators that wait for their first code; trusted devices; the log, API keys and the
      policy.
    </>
  ),
  inLog: (strong: (words: string) => ReactNode) => (
    <>{strong('In the log:')} one event for the export, and one for each user.</>
  ),
  stopFirst:
    'If you move, stop checking codes here first: a code that is accepted after the export is unknown to the other side. ',
  movingOut: 'Moving out',
  broke: 'The connection broke before the export was complete. Nothing was saved: export again.',
  unreachable: "Can't reach the server.",
  lastLine: 'The last line of the export is not whole. Export again.',
  otherVersion:
    'This page is of another version than the server: it cannot read what came. Reload it, and export again.',
  browserStopped: 'The browser stopped the export. Try again, or use `kanda export`.',
  exporting: 'Exporting',
  cancel: 'Cancel',
  exported: 'Exported',
  inDownloads: (name: ReactNode, secrets: ReactNode) => (
    <>
      {name} is in your downloads{secrets}
    </>
  ),
  withSecrets: (secrets: string | number) => `, with ${secrets}.`,
  howToDecrypt: 'How to decrypt the file',
  copyCommand: 'Copy command',
  keepNoCopy:
    'Keep no copy that you do not need, and delete the file when everything works where you have moved to.',
  whatLogSays: 'What the log says of it',
  stopped: 'Stopped. Nothing was saved. The log names the users whose secrets had been read until then.',
  notAgeKey: 'This is not the public key of an age recipient. It begins with age1, and age-keygen prints it.',
  uriTitle: 'otpauth:// addresses',
};
