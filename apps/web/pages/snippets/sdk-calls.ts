import type { Operation } from '../openapi.ts';

/** A method of the SDKs, by its name in TypeScript. */
export interface SdkCall {
  /** The part of the client that has it; null: the client itself. */
  readonly group:
    | 'authenticators'
    | 'clients'
    | 'devices'
    | 'links'
    | 'logs'
    | 'policy'
    | 'receipts'
    | 'recoveryCodes'
    | null;
  readonly method: string;
  /** The struct of Go with the body or the filter. */
  readonly struct?: string;
  /** A list that comes a page at a time: one loops over it. */
  readonly pages?: true;
}

/** What some SDKs have and others lack. */
export type SdkLanguage = 'typescript' | 'python' | 'go';
const LACKING: Readonly<Record<string, readonly SdkLanguage[]>> = { streamLogs: ['python', 'go'] };

/** The methods by operation. A test runs each of them. */
const CALLS: Readonly<Record<string, SdkCall>> = {
  registerClient: { group: null, method: 'register', struct: 'Registration' },
  confirmAuthenticator: { group: null, method: 'confirm', struct: 'FirstCode' },
  validateCode: { group: null, method: 'validate', struct: 'ShownFactor' },
  rotateClient: { group: null, method: 'rotate', struct: 'Rotation' },
  importClients: { group: null, method: 'import', struct: 'ImportRequest' },
  listClients: { group: 'clients', method: 'list', struct: 'ClientFilter', pages: true },
  getClient: { group: 'clients', method: 'get' },
  updateClient: { group: 'clients', method: 'update', struct: 'ClientChange' },
  deleteClient: { group: 'clients', method: 'delete' },
  unlockClient: { group: 'clients', method: 'unlock', struct: 'Unlock' },
  disableClient: { group: 'clients', method: 'disable' },
  enableClient: { group: 'clients', method: 'enable' },
  diagnoseClient: { group: 'clients', method: 'diagnose', struct: 'DiagnosedCode' },
  addAuthenticator: { group: 'authenticators', method: 'add', struct: 'NewAuthenticator' },
  listAuthenticators: { group: 'authenticators', method: 'list' },
  getAuthenticator: { group: 'authenticators', method: 'get' },
  updateAuthenticator: { group: 'authenticators', method: 'update', struct: 'AuthenticatorChange' },
  removeAuthenticator: { group: 'authenticators', method: 'remove' },
  resyncAuthenticator: { group: 'authenticators', method: 'resync', struct: 'ConsecutiveCodes' },
  createClientRecoveryCodes: { group: 'recoveryCodes', method: 'create', struct: 'NewRecoveryCodes' },
  getClientRecoveryCodes: { group: 'recoveryCodes', method: 'status' },
  deleteClientRecoveryCodes: { group: 'recoveryCodes', method: 'delete' },
  listDevices: { group: 'devices', method: 'list' },
  endDevice: { group: 'devices', method: 'end' },
  endDevices: { group: 'devices', method: 'endAll' },
  listLogs: { group: 'logs', method: 'list', struct: 'EventFilter', pages: true },
  streamLogs: { group: 'logs', method: 'stream', pages: true },
  getEvent: { group: 'logs', method: 'get' },
  createLink: { group: 'links', method: 'create', struct: 'AskedLink' },
  redeemLinkResult: { group: 'links', method: 'redeem', struct: 'ShownResult' },
  redeemReceipt: { group: 'receipts', method: 'redeem', struct: 'ShownReceipt' },
  getPolicy: { group: 'policy', method: 'get' },
  putPolicy: { group: 'policy', method: 'set', struct: 'PolicyChange' },
};

/** An SDK's method for an operation; undefined: it has none. */
export function sdkCallOf({ id }: Pick<Operation, 'id'>, language: SdkLanguage): SdkCall | undefined {
  return LACKING[id]?.includes(language) === true ? undefined : CALLS[id];
}
