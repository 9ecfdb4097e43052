import type { ReactNode } from 'react';

export const links = {
  sendLink: 'Send a link',
  userId: 'User ID',
  userIdHint: "Your application's own name for this user.",
  itEnds: 'It ends',
  itEndsHint: 'It works once, and not any longer than this.',
  cancel: 'Cancel',
  making: 'Making…',
  makeLink: 'Make link',
  whatFor: 'What for',
  label: 'Label',
  labelHint: "The user's name, as the phone shows it. Without it, the user ID.",
  issuer: 'Issuer',
  issuerHint: "Your application's name, as the phone shows it. Without it, the name in Settings, Pages.",
  language: 'Language of the page',
  browserLanguage: "That of the user's browser",
  yourNewLink: 'Your new link',
  theLink: 'the link',
  copiedLink: 'I have copied this link',
  sendToUser: (id: ReactNode, end: ReactNode) => (
    <>
      For {id}. Send it to this user alone: the first one who opens it and presses the button can use it. It
      ends {end}, and cannot be shown again.
    </>
  ),
  copyLink: 'Copy link',
  cancelled: 'The link is cancelled.',
  links: 'Links',
  noneOpen:
    'None is open. A link leads your user to a page of this server, where the secret is shown to them alone.',
  openLinksOf: (id: string | number) => `Open links of ${id}`,
  made: 'Made',
  begun: 'Begun',
  ends: 'Ends',
  cancelNamed: (id: string | number) => `Cancel link ${id}`,
  cancelThis: 'Cancel',
  enrol: 'Enrol',
  enrolText: 'Your user adds the secret to a phone and types its first code. You never see the secret.',
  replace: 'Replace',
  replaceText:
    'For a new phone, or one that was lost: a new secret takes the place of all others once its first code is typed.',
  challenge: 'Ask for a code',
  challengeText: 'Your user types a code, as at a login.',
  afterHour: 'After one hour',
  afterDay: 'After one day',
  afterThreeDays: 'After three days',
};
