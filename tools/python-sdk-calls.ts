/** The calls of the Python SDK by the names of sdks/README.md, each with its operation of openapi.json. */
import type { Schema } from './python-sdk-types.ts';

/** Of an operation in openapi.json, what is read here. */
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export interface PythonCall {
  /** The class that has it. */
  readonly group: string;
  readonly name: string;
  readonly operation: string;
  readonly doc: string;
  /** The dataclass of what it answers; absent: nothing. */
  readonly answer?: string;
  /** The dataclass's docstring, at its first call. */
  readonly about?: string;
  /** The field of the answer that holds a list of these. */
  readonly list?: string;
  /** The list comes a page at a time. */
  readonly pages?: true;
  /** The field without which it is no answer of Kanda's to this call, and its type. */
  readonly deciding?: readonly [name: string, type: string];
}

const ENROLMENT = {
  answer: 'Enrolment',
  about: 'A secret as it is shown to the user: once.',
} as const;
const CLIENT = { answer: 'Client', about: 'An enrolled user.' } as const;
const AUTHENTICATOR = { answer: 'Authenticator', about: 'A phone or hardware token of a user.' } as const;
const POLICY = { answer: 'PolicySettings', about: 'The policy of the account.' } as const;
const EVENT = { answer: 'LoggedEvent', about: 'An event of the access log.' } as const;

const USER: readonly Omit<PythonCall, 'group'>[] = [
  {
    name: 'register',
    operation: 'registerClient',
    doc: 'Enrols a user: secret, URL and QR code, shown once. With `confirm` it counts only after a first right code.',
    ...ENROLMENT,
  },
  {
    name: 'confirm',
    operation: 'confirmAuthenticator',
    doc: 'Confirms a pending authenticator with its first code. A wrong one is an answer: `confirmed` is False.',
    answer: 'Confirmation',
    about: 'What a first code led to. True to an `if` only when `confirmed` is True.',
    deciding: ['confirmed', 'bool'],
  },
  {
    name: 'validate',
    operation: 'validateCode',
    doc: 'Checks a code, a recovery code, or the token of a trusted device; a right one is used up. Let the user in only when `is_valid` says so.',
    answer: 'Verdict',
    about: 'Whether the user may be let in, and if not, why. True to an `if` only when `valid` is True.',
    deciding: ['valid', 'bool'],
  },
  {
    name: 'rotate',
    operation: 'rotateClient',
    doc: "Replaces a user's secret: at once, or with `confirm` once the new one is confirmed. `proof` has Kanda check first.",
    ...ENROLMENT,
  },
  {
    name: 'import_',
    operation: 'importClients',
    doc: 'Takes over users of another program, 50 at most; one result for each, in their order.',
    answer: 'ImportResult',
    about: 'What became of one record of an import.',
    list: 'results',
  },
];

const CLIENTS: readonly Omit<PythonCall, 'group'>[] = [
  {
    name: 'list',
    operation: 'listClients',
    doc: 'All that match, newest first. `limit` is how many a page has, not how many there are.',
    ...CLIENT,
    list: 'data',
    pages: true,
  },
  { name: 'get', operation: 'getClient', doc: 'One user.', ...CLIENT },
  {
    name: 'update',
    operation: 'updateClient',
    doc: 'Changes label or issuer, which the next QR code shows; the secret stays.',
    ...CLIENT,
  },
  {
    name: 'delete',
    operation: 'deleteClient',
    doc: 'Removes the user with all secrets; the log stays.',
  },
  {
    name: 'unlock',
    operation: 'unlockClient',
    doc: 'Ends a lock or delay and forgets the failures that led to it.',
    ...CLIENT,
  },
  {
    name: 'disable',
    operation: 'disableClient',
    doc: 'Refuses every code of the user until `enable`, and ends the trusted devices.',
    ...CLIENT,
  },
  { name: 'enable', operation: 'enableClient', doc: 'Accepts codes of the user again.', ...CLIENT },
  {
    name: 'diagnose',
    operation: 'diagnoseClient',
    doc: "Why a user's code does not work; it accepts none. Needs the scope `totp:support`.",
    answer: 'Diagnosis',
    about: 'What a code that does not work is.',
    deciding: ['finding', 'str'],
  },
];

const AUTHENTICATORS: readonly Omit<PythonCall, 'group'>[] = [
  {
    name: 'add',
    operation: 'addAuthenticator',
    doc: 'A further authenticator, such as a second phone. With `confirm` it waits for its first code.',
    ...ENROLMENT,
  },
  {
    name: 'list',
    operation: 'listAuthenticators',
    doc: "All of the user's, oldest first.",
    ...AUTHENTICATOR,
    list: 'data',
  },
  { name: 'get', operation: 'getAuthenticator', doc: 'One of them.', ...AUTHENTICATOR },
  {
    name: 'update',
    operation: 'updateAuthenticator',
    doc: 'Renames it (None: no name), or forgets the drift of its clock.',
    ...AUTHENTICATOR,
  },
  {
    name: 'remove',
    operation: 'removeAuthenticator',
    doc: 'Removes it, or cancels a pending one. The only confirmed one cannot be removed: AuthenticatorLast.',
  },
  {
    name: 'resync',
    operation: 'resyncAuthenticator',
    doc: 'Finds its clock or counter again with two codes that follow each other. Codes that do not fit are an answer.',
    answer: 'Resync',
    about: 'Whether two codes were found. True to an `if` only when `resynced` is True.',
    deciding: ['resynced', 'bool'],
  },
];

const REST: readonly PythonCall[] = [
  {
    group: 'RecoveryCodeCalls',
    name: 'create',
    operation: 'createClientRecoveryCodes',
    doc: 'Makes new ones, shown once; all earlier ones are void.',
    answer: 'RecoveryCodes',
    about: 'New recovery codes, to be shown to the user once.',
    deciding: ['codes', 'list'],
  },
  {
    group: 'RecoveryCodeCalls',
    name: 'status',
    operation: 'getClientRecoveryCodes',
    doc: 'How many are left; never a code.',
    answer: 'RecoveryCodeStatus',
    about: 'How many recovery codes a user has left.',
  },
  {
    group: 'RecoveryCodeCalls',
    name: 'delete',
    operation: 'deleteClientRecoveryCodes',
    doc: 'Voids all of them.',
  },
  {
    group: 'DeviceCalls',
    name: 'list',
    operation: 'listDevices',
    doc: "All of the user's, oldest first.",
    answer: 'Device',
    about: 'A browser that a user trusts.',
    list: 'data',
  },
  {
    group: 'DeviceCalls',
    name: 'end',
    operation: 'endDevice',
    doc: 'Ends one: that browser is asked for a code again.',
  },
  { group: 'DeviceCalls', name: 'end_all', operation: 'endDevices', doc: "Ends all of the user's." },
  {
    group: 'ReceiptCalls',
    name: 'redeem',
    operation: 'redeemReceipt',
    doc: 'Takes a receipt, once. Compare `client_id` and `action` with what you are about to do. Needs the scope `receipts:redeem`.',
    answer: 'RedeemedReceipt',
    about: 'The receipt was valid and is used up.',
    deciding: ['redeemed', 'bool'],
  },
  {
    group: 'LinkCalls',
    name: 'create',
    operation: 'createLink',
    doc: 'Makes a link. Send its `url` to the user alone, and keep its `id` with the browser that it is for. Needs the scope `links:write` or `totp:write`.',
    answer: 'MadeLink',
    about: 'A link to send to its user.',
    deciding: ['url', 'str'],
  },
  {
    group: 'LinkCalls',
    name: 'redeem',
    operation: 'redeemLinkResult',
    doc: 'Takes the result that a browser has brought back, once. Compare `link_id` with the link that you made for this browser. Needs the scope `totp:validate`.',
    answer: 'RedeemedLink',
    about: 'The user showed a right code on the page of this link; the result is used up.',
    deciding: ['redeemed', 'bool'],
  },
  {
    group: 'LogCalls',
    name: 'list',
    operation: 'listLogs',
    doc: 'All events that match, newest first. `limit` is how many a page has, not how many there are.',
    ...EVENT,
    list: 'data',
    pages: true,
  },
  {
    group: 'PolicyCalls',
    name: 'get',
    operation: 'getPolicy',
    doc: 'The policy, its defaults and the allowed ranges.',
    ...POLICY,
  },
  {
    group: 'PolicyCalls',
    name: 'set',
    operation: 'putPolicy',
    doc: 'Sets the policy; what is left out gets its default. Needs the scope `keys:write`.',
    ...POLICY,
  },
  { group: 'LogCalls', name: 'get', operation: 'getEvent', doc: 'One event.', ...EVENT },
];

export const PYTHON_CALLS: readonly PythonCall[] = [
  ...USER.map((call) => ({ group: 'UserCalls', ...call })),
  ...CLIENTS.map((call) => ({ group: 'ClientCalls', ...call })),
  ...AUTHENTICATORS.map((call) => ({ group: 'AuthenticatorCalls', ...call })),
  ...REST,
];
