import type { HostedTexts } from './texts.ts';

export const en: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Error: {title}',
  start: {
    enrol: {
      title: 'Set up two-factor login',
      text: 'From now on, {name} will ask for a code from an app on your phone when you sign in. You need an authenticator app, such as Google Authenticator, Microsoft Authenticator or 2FAS.',
      button: 'Start',
    },
    replace: {
      title: 'Set up your new phone',
      text: 'You will add {name} to the authenticator app on your new phone. It replaces the one that you used before.',
      button: 'Start',
    },
    challenge: {
      title: 'Confirm that it is you',
      text: '{name} asks for a code from your authenticator app. Have your phone at hand.',
      button: 'Continue',
    },
  },
  keepPrivate:
    'This link is for you alone. Do not forward it, and do not give a code to anyone who asks for one.',
  enrol: {
    title: 'Add {name} to your app',
    account: 'Your account: {account}',
    addTitle: 'Scan this code',
    addText: 'Open your authenticator app, choose to add an account, and point the camera at this code.',
    qrAlt: 'QR code that adds {name}, {account}, to an authenticator app. The same key is written below.',
    openText: 'Reading this on the phone with the app?',
    openButton: 'Open in your authenticator app',
    keyText: 'If you cannot scan the code, type this key into the app. Choose “time-based” if it asks.',
    confirmTitle: 'Enter the code that the app shows',
    confirmText: 'The code is new every 30 seconds. This shows that everything works.',
    confirmButton: 'Confirm',
    cancelButton: 'Cancel',
  },
  codeLabel: 'Code from the app',
  challenge: {
    title: 'Enter your code',
    text: 'Open your authenticator app and enter the code that it shows for {name}.',
    button: 'Confirm',
    recoveryTitle: 'No access to your phone?',
    recoveryText: 'Use one of the recovery codes that you saved. Each works once.',
    recoveryLabel: 'Recovery code',
    recoveryButton: 'Use recovery code',
  },
  recoveryCodes: {
    title: 'Save your recovery codes',
    text: 'If you lose your phone, you can sign in to {name} with one of these codes. Each works once.',
    keepText: 'Print them, or keep them in a password manager. They are not shown again.',
    listLabel: 'Recovery codes',
    button: 'I have saved the codes',
    closeText: 'When you have saved them, you can close this page.',
  },
  done: {
    title: 'Done',
    text: 'The code was right. Go back to {name} to continue.',
    button: 'Back to {name}',
    closeText: 'The code was right. You can close this page.',
  },
  ended: {
    unknown: {
      title: 'This link does not work',
      text: 'Check that you opened the whole link. If it still does not work, ask {name} for a new one.',
    },
    expired: { title: 'This link has expired', text: 'Ask {name} for a new one.' },
    used: {
      title: 'This link has been used',
      text: 'A link works only once. If it was not you who used it, let {name} know.',
    },
    cancelled: {
      title: 'This link was cancelled',
      text: 'Nothing was changed. If you still need one, ask {name} for a new link.',
    },
    down: {
      title: 'Please try again',
      text: 'This cannot be saved at the moment. Reload the page in a minute.',
    },
    unavailable: {
      title: 'This is not possible at the moment',
      text: 'Nothing was changed. It is not your fault: please contact {name}.',
    },
    full: {
      title: 'No one else can be set up',
      text: '{name} has reached a limit, and nothing was saved. Please contact {name}.',
    },
    busy: {
      title: 'Too many attempts',
      text: 'This page was used too often in a short time. Your code was not checked.',
    },
    unreadable: {
      title: 'That could not be read',
      text: 'Nothing was saved. Go back and enter only the code, as the app shows it.',
    },
    foreign: {
      title: 'Please open your link again',
      text: 'This did not come from the page of your link, so nothing was done.',
    },
  },
  offline: {
    title: 'No connection',
    text: 'This could not be loaded. Check your connection to the internet.',
    button: 'Try again',
  },
  problems: {
    malformed: 'Enter the code as the app shows it: digits only.',
    wrong:
      'That code did not work. Wait for the next one and enter it. If none works, set the clock of your phone to automatic.',
    used: 'That code has already been used. Wait for the next one.',
    recoveryMalformed: 'Enter the recovery code as it was shown to you.',
    recoveryWrong: 'That recovery code did not work. Check it for typing errors.',
    recoveryUsed: 'That recovery code has already been used. Use another one.',
    locked: 'There were too many wrong codes.',
    wait: 'That was a wrong code too many. Wait a moment before the next one.',
    tooMany: 'There were too many attempts.',
    newKey:
      'There were too many wrong codes, so this is a new key. Delete the entry that you added to the app, and add this one.',
    notNow: 'Codes cannot be checked at the moment. It is not your fault: please contact {name}.',
    retryAfter: 'Try again in {duration}.',
  },
};
