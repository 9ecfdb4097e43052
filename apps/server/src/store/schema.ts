import type { Generated } from 'kysely';
import type {
  AuthenticatorStateTable,
  AuthenticatorTable,
  ClientTable,
  DeletedSecretTable,
  FurtherAuthenticatorTable,
  PreviousSecretTable,
} from './client-tables.ts';
import type { ClientDeviceTable } from './device-tables.ts';
import type { HostedPagesTable, LinkTable } from './link-tables.ts';
import type { ClientRecoveryCodeTable, ClientRecoveryTable } from './recovery-tables.ts';
import type { WebhookDeliveryTable, WebhookProgressTable, WebhookTable } from './webhook-tables.ts';

/**
 * The tables, as Kysely sees them in both dialects. Every primary key begins with the account (its own
 * table and the installation's aside), so that PostgreSQL can be sharded by it. Times are ms since the
 * epoch; flags are 0 or 1. The reasons for this shape are in docs/decisions/0002-tables.md.
 */
export interface Schema {
  account: AccountTable;
  account_head: AccountHeadTable;
  account_session: AccountSessionTable;
  account_authenticator: AccountAuthenticatorTable;
  account_recovery_code: AccountRecoveryCodeTable;
  api_key: ApiKeyTable;
  client: ClientTable;
  authenticator: AuthenticatorTable;
  authenticator_state: AuthenticatorStateTable;
  further_authenticator: FurtherAuthenticatorTable;
  client_recovery: ClientRecoveryTable;
  client_recovery_code: ClientRecoveryCodeTable;
  client_device: ClientDeviceTable;
  deleted_secret: DeletedSecretTable;
  previous_secret: PreviousSecretTable;
  event: EventTable;
  event_tail: EventTailTable;
  activity: ActivityTable;
  refusal: RefusalTable;
  key_use: KeyUseTable;
  limit_use: LimitUseTable;
  idempotent_answer: IdempotentAnswerTable;
  spent_receipt: SpentReceiptTable;
  webhook: WebhookTable;
  webhook_progress: WebhookProgressTable;
  webhook_delivery: WebhookDeliveryTable;
  link: LinkTable;
  hosted_pages: HostedPagesTable;
  server_key: ServerKeyTable;
  log_tree: LogTreeTable;
  log_tile: LogTileTable;
  log_checkpoint: LogCheckpointTable;
  event_feed: EventFeedTable;
  lease: LeaseTable;
  store_marker: StoreMarkerTable;
}

export interface AccountTable {
  id: Generated<number>;
  public_id: string;
  /** Lower case: two spellings of an address are one account. */
  email: string;
  password_hash: string;
  credential_version: number;
  data_key_master: string;
  data_key: Uint8Array;
  /** JSON of what differs from the default policy; null: nothing. */
  policy: string | null;
  created_at: number;
  /** Of a test half: the account whose half it is, which has no other; null: a live account. */
  test_of: Generated<number | null>;
  /** Since when no one can log in to it, and its keys are refused; null: they can. */
  disabled_at: Generated<number | null>;
  /** When it was deleted: the row and the log stay, without address, password, keys and clients; null: it is there. */
  deleted_at: Generated<number | null>;
  /** When its list of first steps was dismissed; null: it is shown. */
  getting_started_dismissed_at: Generated<number | null>;
  /** The id of the master key of which the account that owns the installation has said that it has a copy. */
  master_key_saved: Generated<string | null>;
  /** Since when it may see the status of the installation; null: it may not. */
  operator_at: Generated<number | null>;
}

/** What every transaction of an account may have to raise: a narrow row of its own. */
export interface AccountHeadTable {
  account_id: number;
  last_event: number;
  last_number: number;
  /** How many clients are enrolled, and how many of them are disabled. */
  clients: Generated<number>;
  disabled_clients: Generated<number>;
  /** How many recovery codes of its clients are not used yet. */
  recovery_codes: Generated<number>;
  /** How many trusted devices its clients have. */
  devices: Generated<number>;
  /** ms by which the clock of a test half is ahead of the server's; 0 for every live account. */
  clock_offset: Generated<number>;
}

/** A log-in that stands. */
export interface AccountSessionTable {
  account_id: number;
  /** Its place in the account's list of log-ins. */
  number: number;
  /** `ses_…`: part of its token. */
  id: string;
  created_at: number;
  last_seen_at: number;
  /** When its token ends; the row goes some time after that. */
  expires_at: number;
  ip: string | null;
  user_agent: string | null;
}

/**
 * The account's own second factor. Its secret and state are those of a client of account 0 that is named after
 * the account's public id.
 */
export interface AccountAuthenticatorTable {
  account_id: number;
  /** Taken from the account's numbers: another one for each that is started. */
  number: number;
  /** 0 until its first code was confirmed. */
  active: number;
  /** When that was (ms); null: it is pending. */
  confirmed_at: Generated<number | null>;
}

/** A recovery code that was not used yet. */
export interface AccountRecoveryCodeTable {
  account_id: number;
  mac: Uint8Array;
}

export interface ApiKeyTable {
  account_id: number;
  id: string;
  /** Its place in the account's list of keys. */
  number: number;
  name: string;
  /** Space-separated, as in RFC 6749 §3.3. */
  scopes: string;
  mac: Uint8Array;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  /** When the log said that it expires soon; null: not yet. */
  expiry_noted_at: number | null;
}

export interface EventTable {
  account_id: number;
  /** Counts from 1 within the account, without gaps. */
  id: number;
  at: number;
  type: number;
  outcome: number;
  reason: string | null;
  client_id: string | null;
  actor: string;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  /** The same client's event before this one; 0: none. */
  previous: number;
}

/** The newest event about a clientId that is not enrolled: deleted, or never there. */
export interface EventTailTable {
  account_id: number;
  client_id: string;
  last_event: number;
}

/** What happened in an hour, and where in the log it stands: charts and time filters need no index. */
export interface ActivityTable {
  account_id: number;
  /** Hours since the epoch. */
  hour: number;
  first_event: number;
  last_event: number;
  accepted: number;
  refused: number;
  locked: number;
}

/** Why codes were refused in an hour. Counts the events that are in the log's tree; newer ones are counted there. */
export interface RefusalTable {
  account_id: number;
  /** Hours since the epoch. */
  hour: number;
  reason: string;
  refusals: number;
}

/** What an API key did on a day of UTC. Counts the events that are in the log's tree, and stays when the key is revoked. */
export interface KeyUseTable {
  account_id: number;
  key_id: string;
  /** Days since the epoch. */
  day: number;
  /** Codes. */
  accepted: number;
  refused: number;
  /** All other events by the key. */
  others: number;
}

export interface LimitUseTable {
  name: string;
  uses: number;
  reset_at: number;
}

/** The answer to a request with an Idempotency-Key, for when it is sent again. */
export interface IdempotentAnswerTable {
  account_id: number;
  /** SHA-256 of the caller and the key. */
  key_digest: Uint8Array;
  expires_at: number;
  /** Sealed under the account's data key: the digest of the request, and its answer. */
  answer: Uint8Array;
}

export interface ServerKeyTable {
  name: string;
  master_key_id: string;
  wrapped: Uint8Array;
  /** From when a key for receipts signs (ms, by the server's clock); null: another key. */
  signs_from: Generated<number | null>;
}

/** A receipt that was redeemed: it must not be redeemed again for as long as it lives. */
export interface SpentReceiptTable {
  account_id: number;
  /** The 16 bytes of its id. */
  jti: Uint8Array;
  /** When it has expired for every clock that judges it (ms, by the clock of the account). */
  keep_until: number;
}

/** How far the tree of a log is (docs/decisions/0004-log-tree.md). Absent until the first event is in it. */
export interface LogTreeTable {
  account_id: number;
  /** How many events are in it: those numbered 1 to `size`. */
  size: number;
  checkpoint_size: number;
  checkpoint_at: number;
  /** Up to which checkpoint they were sent off the host. */
  sent_size: number;
  /** Events up to this number have no row any more. */
  pruned_to: number;
}

/** A tile of C2SP tlog-tiles; at the right edge it is shorter. */
export interface LogTileTable {
  account_id: number;
  level: number;
  tile: number;
  /** Up to 256 hashes of 32 bytes. */
  hashes: Uint8Array;
}

export interface LogCheckpointTable {
  account_id: number;
  size: number;
  at: number;
  root: Uint8Array;
  /** The signed note (C2SP tlog-checkpoint). */
  note: string;
}

/** How far a feed of events is with a log: a row of its own, which the sending node writes without locking the account. */
export interface EventFeedTable {
  account_id: number;
  /** `syslog` or `file`. */
  feed: string;
  /** The number of the event up to which all have arrived. */
  fed_to: number;
}

/** Work that one node does for all. */
export interface LeaseTable {
  /** `background`: the work behind the logs. `server …`: a process that has the store open (postgres/presence.ts). */
  name: string;
  /** The node that has it, or had it last; of a process, the newest migration that it knows. */
  holder: string;
  /** Goes up each time that it changes hands. */
  fence: number;
  /** By the clock of the database. */
  expires_at: number;
}

/** What the store says of itself: whether it has moved, or is being filled from another one. */
export interface StoreMarkerTable {
  name: string;
  value: string;
}
