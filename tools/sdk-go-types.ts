/** What of openapi.json becomes which type of the SDK for Go. */
export type Side = 'body' | 'answer' | 'query';
/** Name, operation, which side of it, the field that has it if it is not the whole, and what it is. */
export type TypeRow = readonly [name: string, operation: string, side: Side, within: string, is: string];

export const TYPES: readonly TypeRow[] = [
  ['Registration', 'registerClient', 'body', '', 'a user to enrol'],
  ['NewAuthenticator', 'addAuthenticator', 'body', '', 'a further authenticator of a user'],
  ['Rotation', 'rotateClient', 'body', '', 'how a secret is replaced'],
  ['Proof', 'rotateClient', 'body', 'proof', 'what Kanda checks before it replaces a secret: one of the two'],
  ['Enrolment', 'registerClient', 'answer', '', 'a secret as it is shown to the user: once'],
  ['FirstCode', 'confirmAuthenticator', 'body', '', 'the first code of a pending authenticator'],
  ['Confirmation', 'confirmAuthenticator', 'answer', '', 'the answer to a first code'],
  [
    'ShownFactor',
    'validateCode',
    'body',
    '',
    'one of Token, RecoveryCode and DeviceToken, as the user or the browser showed it',
  ],
  ['TrustDevice', 'validateCode', 'body', 'trustDevice', 'a browser to trust from now on'],
  ['Verdict', 'validateCode', 'answer', '', 'what Kanda says to what was shown; ask IsValid'],
  ['ReceiptAction', 'validateCode', 'body', 'action', 'what the user approves with the code'],
  ['ShownReceipt', 'redeemReceipt', 'body', '', 'a receipt to take'],
  ['RedeemedReceipt', 'redeemReceipt', 'answer', '', 'a receipt that was valid and is used up'],
  ['AskedLink', 'createLink', 'body', '', 'a page for one user'],
  ['MadeLink', 'createLink', 'answer', '', 'a link to send to its user'],
  ['ShownResult', 'redeemLinkResult', 'body', '', 'what a browser has brought back from a link'],
  [
    'RedeemedLink',
    'redeemLinkResult',
    'answer',
    '',
    'a right code on the page of a link, whose result is used up',
  ],
  ['ImportRequest', 'importClients', 'body', '', 'users of another program'],
  ['ImportRecord', 'importClients', 'body', 'records', 'one authenticator of another program'],
  ['ImportResult', 'importClients', 'answer', 'results', 'what became of one record'],
  ['ClientFilter', 'listClients', 'query', '', 'which users to list; the zero value: all'],
  ['Client', 'getClient', 'answer', '', 'an enrolled user'],
  ['ClientChange', 'updateClient', 'body', '', 'what Update changes; what is empty stays'],
  ['Unlock', 'unlockClient', 'body', '', 'how a lock is ended'],
  ['DiagnosedCode', 'diagnoseClient', 'body', '', 'a code that does not work'],
  ['Diagnosis', 'diagnoseClient', 'answer', '', 'why a code does not work'],
  ['Authenticator', 'getAuthenticator', 'answer', '', 'a phone or hardware token'],
  ['ConsecutiveCodes', 'resyncAuthenticator', 'body', '', 'two codes that follow each other'],
  ['Resync', 'resyncAuthenticator', 'answer', '', 'whether clock or counter was found again'],
  ['NewRecoveryCodes', 'createClientRecoveryCodes', 'body', '', 'how many recovery codes to make'],
  ['ShownRecoveryCodes', 'createClientRecoveryCodes', 'answer', '', 'new recovery codes, to be shown once'],
  ['RecoveryCodeStatus', 'getClientRecoveryCodes', 'answer', '', 'how many recovery codes are left'],
  ['Device', 'listDevices', 'answer', 'data', 'a browser that a user trusts'],
  ['PolicySettings', 'getPolicy', 'answer', 'policy', 'how codes are judged'],
  ['Policy', 'getPolicy', 'answer', '', 'how codes are judged, and how they would be by default'],
  ['PolicyChange', 'putPolicy', 'body', '', 'a policy; what is nil or false gets its default'],
  ['EventFilter', 'listLogs', 'query', '', 'which events to list; the zero value: all'],
  ['LoggedEvent', 'getEvent', 'answer', '', 'an event of the access log'],
];

/** Types of fields that are objects and have a row above; another one is named after the field and what it is in. */
export const NAMED: Readonly<Record<string, string>> = {
  proof: 'Proof',
  trustDevice: 'TrustDevice',
  action: 'ReceiptAction',
  records: 'ImportRecord',
  policy: 'PolicySettings',
  defaults: 'PolicySettings',
};
export const WORDS: readonly (readonly [
  name: string,
  field: string,
  operations: readonly string[],
  is: string,
])[] = [
  [
    'Reason',
    'reason',
    ['validateCode', 'confirmAuthenticator', 'resyncAuthenticator'],
    'why what was shown is not accepted',
  ],
  ['Finding', 'finding', ['diagnoseClient'], 'why a code does not work'],
];
export const SECRETS = new Set(['secret', 'otpauthUrl', 'qrDataUrl', 'deviceToken', 'codes']);
/** Numbers that may be more than 32 bits have. */
export const LONG = new Set(['counter', 'lastUsedStep', 'id', 'event']);
/** Absent where it would be 0. */
export const ZERO_IS_ABSENT = new Set(['retryAfter']);
/** Fields that are true unless set to false. */
export const TRUE_UNLESS_SET = new Set(['confirmed']);
/** What the iteration sets itself, and what an API key decides. */
export const NOT_ASKED = new Set(['cursor', 'format', 'mode', 'total']);
/** What the dashboard needs and an application does not. */
export const NOT_READ = new Set(['allowed']);
/** Where 0 is not what an absent number is. */
export const ZERO_IS_NOT_ABSENT = new Set(['putPolicy']);
