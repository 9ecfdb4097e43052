export {
  type Account,
  type AccountWithPassword,
  INSTALLATION_ACCOUNT,
  INSTALLATION_PUBLIC_ID,
} from './accounts/account.ts';
export { CLIENT_STATUSES, type Client, type ClientStatus } from './clients/client.ts';
export type { ApiKey, ApiKeyCredential } from './keys/api-key.ts';
