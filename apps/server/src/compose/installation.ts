import { createHash, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DiskWatch } from '../background/disk-watch.ts';
import { SeenKeeper, type SeenKeeperParts } from '../background/seen-file.ts';
import { SIGNED_FILE, SignedFile } from '../background/signed-file.ts';
import { WebhookAddresses } from '../background/webhooks/addresses.ts';
import { WebhookPost } from '../background/webhooks/post.ts';
import { sendsNothing } from '../background/webhooks/switched-off.ts';
import { registrationMode } from '../config/registration-mode.ts';
import type { Config } from '../config/schema.ts';
import { sealTo } from '../crypto/age-recipient.ts';
import { apiKeyMatches, createApiKey, parseApiKey } from '../crypto/api-key.ts';
import { createAuthenticatorKeys } from '../crypto/authenticator-keys.ts';
import { createTokenIssuer } from '../crypto/bearer-token.ts';
import { createDeviceTokens } from '../crypto/device-tokens.ts';
import { createLinkTexts } from '../crypto/link-tokens.ts';
import { createLogSigner, sha256, verifyEd25519 } from '../crypto/log-signing.ts';
import { createPasswords, type HashParameters } from '../crypto/password.ts';
import { createReceiptKeys } from '../crypto/receipt-keys.ts';
import { createAccountRecoveryCodes, createClientRecoveryCodes } from '../crypto/recovery-codes.ts';
import { createSecretBox } from '../crypto/secret-box.ts';
import { createServerKeys, missingServerKeys, openServerKeys } from '../crypto/server-keys.ts';
import { Accounts } from '../domain/accounts/accounts.ts';
import { IdentityProofs } from '../domain/accounts/identity-proof.ts';
import { Registration } from '../domain/accounts/registration.ts';
import { SecondFactors } from '../domain/accounts/second-factor.ts';
import { Sessions } from '../domain/accounts/sessions.ts';
import { TwoFactor } from '../domain/accounts/two-factor.ts';
import { Enrolments } from '../domain/clients/enrolment.ts';
import { Exports } from '../domain/clients/exports.ts';
import { Imports } from '../domain/clients/imports.ts';
import { SecretExports } from '../domain/clients/secret-exports.ts';
import { TrustedDevices } from '../domain/devices/trusted-devices.ts';
import { ApiKeys } from '../domain/keys/api-keys.ts';
import { Bearers } from '../domain/keys/bearers.ts';
import type { ApiKeyTexts } from '../domain/keys/ports.ts';
import { AccountQuotas } from '../domain/limits/account-quotas.ts';
import type { Quotas } from '../domain/limits/quotas.ts';
import { Links, type LinksParts } from '../domain/links/links.ts';
import { AuditLog } from '../domain/log/audit-log.ts';
import { LogTrees } from '../domain/log/log-trees.ts';
import { Receipts } from '../domain/receipts/receipts.ts';
import { ClientRecoveryCodes } from '../domain/recovery-codes/client-recovery-codes.ts';
import { TestHalves } from '../domain/test-mode/test-halves.ts';
import { type Clock, DAY_MS } from '../domain/time.ts';
import type { WebhookSender } from '../domain/webhooks/ports.ts';
import { Webhooks } from '../domain/webhooks/webhooks.ts';
import type { Services } from '../http/server/services.ts';
import { readSite, type Site } from '../http/site/site-files.ts';
import { seenPath, wayOut } from './lost-store.ts';
import { keyringOf, type MasterKeyOrigin, obtainMasterKeys } from './master-keys.ts';
import { openStore } from './open-store.ts';
import { type Operator, SILENT } from './operator.ts';

/** Everything below HTTP, joined and open: what `serve` serves and the other commands work on. */
export interface Installation extends Services {
  readonly masterKey: MasterKeyOrigin;
  readonly disk: DiskWatch;
  /** What `serve` has the store and this node remember of each other. */
  readonly seen: SeenKeeper;
  /** What `serve` keeps at work on the logs. */
  readonly logTrees: LogTrees;
  /** What `serve` sends webhooks with. */
  readonly webhookSender: WebhookSender;
  close(): Promise<void>;
}

const systemClock: Clock = () => Date.now();
const random = (length: number): Uint8Array => randomBytes(length);
/** Names messages to webhooks. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

/**
 * Opens the store with its keys. Refuses, with an error written for people, when the data directory cannot
 * be used, the store is newer than this version, or the master key is not the one that the store was made with.
 *
 * @param passwordCost of new password hashes; absent: what OWASP recommends
 */
export async function openInstallation(
  config: Config,
  clock: Clock = systemClock,
  operator: Operator = SILENT,
  passwordCost?: HashParameters,
): Promise<Installation> {
  const dataDir = resolve(config.dataDir);
  const { masterKeys, ...keyOrigin } = await obtainMasterKeys(config, dataDir, operator);
  const keyring = keyringOf(masterKeys, keyOrigin.file);
  const box = createSecretBox(keyring, random);
  const parts = { box, keys: createAuthenticatorKeys(box), clock, onNotice: operator.onNotice };
  const store = await openStore(config, dataDir, parts);
  try {
    keyring.assertHas(await store.masterKeyIds());
    const existing = await store.serverKeys([]);
    const missing =
      existing.length > 0 ? missingServerKeys(keyring, existing, random) : createServerKeys(keyring, random);
    const wrapped = missing.length > 0 ? await store.serverKeys(missing) : existing;
    const { tokenSigning, apiKeyMac, logSigning } = openServerKeys(keyring, wrapped);
    const tokens = createTokenIssuer({
      ...tokenSigning,
      ttlSeconds: config.tokenTtlSeconds,
      issuer: 'kanda',
      audience: 'kanda',
      randomBytes: random,
    });
    const keyTexts: ApiKeyTexts = {
      create: (mode) => createApiKey(random, apiKeyMac, mode),
      parse: parseApiKey,
      matches: ({ text }, mac) => apiKeyMatches(apiKeyMac, text, mac),
    };
    const disk = new DiskWatch(config.databaseUrl === null ? dataDir : null, config.diskReserve);
    await disk.look();
    const quotas = new AccountQuotas(quotasOf(config), store);
    const registration = new Registration(registrationMode(config), store, config.registration !== 'open');
    const passwords = createPasswords(random, passwordCost);
    const bearers = new Bearers(store, tokens, keyTexts);
    const recoveryCodes = createAccountRecoveryCodes(apiKeyMac, random);
    const secondFactors = new SecondFactors(store, recoveryCodes);
    const proofs = new IdentityProofs(store, passwords, secondFactors);
    const clientCodes = createClientRecoveryCodes(apiKeyMac, random);
    const signer = createLogSigner(logSigning.reveal());
    const checkpointIntervalMs = config.checkpointIntervalSeconds * 1000;
    return {
      store,
      bearers,
      clock,
      registration,
      accounts: new Accounts({
        store,
        registration,
        passwords,
        tokens,
        bearers,
        secondFactors,
        proofs,
        randomBytes: random,
      }),
      sessions: new Sessions(store, bearers),
      twoFactor: new TwoFactor({ store, bearers, proofs, secondFactors, recoveryCodes, randomBytes: random }),
      apiKeys: new ApiKeys(store, keyTexts, tokens, bearers, quotas),
      enrolments: new Enrolments(store, random, quotas),
      exports: new Exports(store),
      secretExports: new SecretExports(config.secretExport ?? 'with one account', store, clock, sealTo),
      imports: new Imports(store, clientCodes, quotas),
      clientRecoveryCodes: new ClientRecoveryCodes(store, clientCodes),
      trustedDevices: new TrustedDevices(store, createDeviceTokens(apiKeyMac, random)),
      receipts: new Receipts({ store, keys: createReceiptKeys(keyring), clock, ...receiptSettings(config) }),
      ...webhooksOf(config, { store, quotas, clock }),
      links: linksOf(apiKeyMac, { store, codes: clientCodes, quotas, disk, clock }),
      quotas,
      testHalves: new TestHalves(store, random),
      disk,
      seen: seenKeeper(config, { store, masterKeyId: keyring.currentId, warn: operator.onNotice }),
      auditLog: new AuditLog({ store, signer, sha256, clock, checkpointIntervalMs }),
      logTrees: new LogTrees({
        store,
        signed: new SignedFile({ path: join(dataDir, SIGNED_FILE), warn: operator.onNotice }),
        signer,
        sha256,
        verify: verifyEd25519,
        clock,
        checkpointIntervalMs,
        retentionMs: retentionOf(config),
      }),
      masterKey: keyOrigin,
      async close() {
        disk.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function webhooksOf({ webhooks, webhookAllow }: Config, parts: Pick<Services, 'store' | 'quotas' | 'clock'>) {
  const post = new WebhookPost({ addresses: new WebhookAddresses(webhookAllow) });
  const sender = webhooks === 'off' ? sendsNothing(post) : post;
  return {
    webhooks: new Webhooks({ ...parts, sender, randomBytes: random, digest }),
    webhookSender: sender,
  };
}

function seenKeeper(
  config: Config,
  parts: Pick<SeenKeeperParts, 'store' | 'masterKeyId' | 'warn'>,
): SeenKeeper {
  const path = seenPath(config);
  return new SeenKeeper({ ...parts, path, wayOut: wayOut(config), freshId: randomUUID, now: Date.now });
}

function retentionOf({ logRetentionDays: days }: Config): number | null {
  return days === null ? null : days * DAY_MS;
}

function linksOf(macKey: KeyObject, parts: Omit<LinksParts, 'texts' | 'randomBytes'>): Links {
  return new Links({ ...parts, texts: createLinkTexts(macKey, random), randomBytes: random });
}

function receiptSettings({ publicUrl }: Config) {
  return { publicUrl, randomBytes: random };
}

function quotasOf(config: Config): Quotas {
  return {
    clients: config.quotaClients,
    keys: config.quotaKeys,
    events: config.quotaEvents,
    storage: config.quotaStorage,
  };
}

/** The pages as `npm run build -w @kanda/web` writes them; null when it did not. */
export function readBuiltSite(): Site | null {
  return readSite(fileURLToPath(new URL('../../../web/dist/', import.meta.url)));
}

/** The Markdown pages that explain each error, by code, from `docs/errors`. */
export function readErrorPages(): ReadonlyMap<string, string> {
  const folder = new URL('../../../../docs/errors/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return new Map(
    files.map((file) => [file.slice(0, -'.md'.length), readFileSync(new URL(file, folder), 'utf8')]),
  );
}
