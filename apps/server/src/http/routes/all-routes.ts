import { changePassword } from './accounts/change-password.ts';
import { confirmTwoFactor } from './accounts/confirm-two-factor.ts';
import { disableTwoFactor } from './accounts/disable-two-factor.ts';
import { endOtherSessions } from './accounts/end-other-sessions.ts';
import { endSession } from './accounts/end-session.ts';
import { getAccount } from './accounts/get-account.ts';
import { changeGettingStarted, getGettingStarted } from './accounts/getting-started.ts';
import { listSessions } from './accounts/list-sessions.ts';
import { logIn } from './accounts/log-in.ts';
import { logOut } from './accounts/log-out.ts';
import { registerAccount } from './accounts/register-account.ts';
import { replaceRecoveryCodes } from './accounts/replace-recovery-codes.ts';
import { startTwoFactor } from './accounts/start-two-factor.ts';
import { addAuthenticator } from './authenticators/add-authenticator.ts';
import { changeAuthenticator } from './authenticators/change-authenticator.ts';
import { confirmAuthenticator } from './authenticators/confirm-authenticator.ts';
import { listAuthenticators } from './authenticators/list-authenticators.ts';
import { resyncAuthenticator } from './authenticators/resync-authenticator.ts';
import { changeClient } from './clients/change-client.ts';
import { deleteClient } from './clients/delete-client.ts';
import { diagnoseClient } from './clients/diagnose-client.ts';
import { exportClients } from './clients/export-clients.ts';
import { getClient } from './clients/get-client.ts';
import { importClients } from './clients/import-clients.ts';
import { listClients } from './clients/list-clients.ts';
import { registerClient } from './clients/register-client.ts';
import { rotateClient } from './clients/rotate-client.ts';
import { updateClient } from './clients/update-client.ts';
import { endDevices } from './devices/end-devices.ts';
import { listDevices } from './devices/list-devices.ts';
import { linkPages } from './hosted/link-pages.ts';
import { getInfo } from './installation/get-info.ts';
import { operations } from './installation/operations.ts';
import { securityTxt } from './installation/security-txt.ts';
import { createKey } from './keys/create-key.ts';
import { exchangeKey } from './keys/exchange-key.ts';
import { getKey } from './keys/get-key.ts';
import { listKeys } from './keys/list-keys.ts';
import { revokeKey } from './keys/revoke-key.ts';
import { cancelLink } from './links/cancel-link.ts';
import { createLink } from './links/create-link.ts';
import { getHostedPages, putHostedPages } from './links/hosted-pages.ts';
import { listLinks } from './links/list-links.ts';
import { redeemLinkResult } from './links/redeem-link-result.ts';
import { getCheckpoint } from './log/get-checkpoint.ts';
import { getEvent } from './log/get-event.ts';
import { getStatistics } from './log/get-statistics.ts';
import { listLogs } from './log/list-logs.ts';
import { proveConsistency } from './log/prove-consistency.ts';
import { proveEvent } from './log/prove-event.ts';
import { streamLogs } from './log/stream-logs.ts';
import { getStatus } from './operator/get-status.ts';
import { getSigningKeys } from './receipts/get-signing-keys.ts';
import { redeemReceipt } from './receipts/redeem-receipt.ts';
import { createClientRecoveryCodes } from './recovery-codes/create-client-recovery-codes.ts';
import { deleteClientRecoveryCodes } from './recovery-codes/delete-client-recovery-codes.ts';
import { getClientRecoveryCodes } from './recovery-codes/get-client-recovery-codes.ts';
import { deleteTestClients } from './test-mode/delete-test-clients.ts';
import { getTestCode } from './test-mode/get-test-code.ts';
import { testClock } from './test-mode/test-clock.ts';
import { getPolicy } from './verdicts/get-policy.ts';
import { putPolicy } from './verdicts/put-policy.ts';
import { validateCode } from './verdicts/validate-code.ts';
import { changeWebhook } from './webhooks/change-webhook.ts';
import { createWebhook } from './webhooks/create-webhook.ts';
import { deleteWebhook } from './webhooks/delete-webhook.ts';
import { listDeliveries } from './webhooks/list-deliveries.ts';
import { listWebhooks } from './webhooks/list-webhooks.ts';
import { rotateWebhookSecret } from './webhooks/rotate-webhook-secret.ts';
import { sendToWebhook } from './webhooks/send-to-webhook.ts';

/** Each route by itself, in the order of the contract. */
export const ROUTES = [
  registerAccount,
  logIn,
  exchangeKey,
  getAccount,
  getGettingStarted,
  changeGettingStarted,
  changePassword,
  logOut,
  listSessions,
  endSession,
  endOtherSessions,
  startTwoFactor,
  confirmTwoFactor,
  disableTwoFactor,
  replaceRecoveryCodes,
  createKey,
  listKeys,
  getKey,
  revokeKey,
  addAuthenticator,
  changeAuthenticator,
  confirmAuthenticator,
  listAuthenticators,
  resyncAuthenticator,
  registerClient,
  importClients,
  exportClients,
  validateCode,
  rotateClient,
  listClients,
  getClient,
  deleteClient,
  changeClient,
  diagnoseClient,
  createClientRecoveryCodes,
  getClientRecoveryCodes,
  deleteClientRecoveryCodes,
  listDevices,
  endDevices,
  updateClient,
  redeemReceipt,
  createWebhook,
  listWebhooks,
  changeWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  sendToWebhook,
  listDeliveries,
  createLink,
  listLinks,
  cancelLink,
  redeemLinkResult,
  getHostedPages,
  putHostedPages,
  getPolicy,
  putPolicy,
  testClock,
  getTestCode,
  deleteTestClients,
  listLogs,
  getEvent,
  streamLogs,
  getStatistics,
  getCheckpoint,
  proveEvent,
  proveConsistency,
  getInfo,
  getStatus,
  getSigningKeys,
  operations,
  securityTxt,
  linkPages,
];
