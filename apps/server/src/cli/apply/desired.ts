import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { KeyName } from '../../http/routes/keys/create-key.ts';
import { Email, ScopeList } from '../../http/routes/schemas.ts';
import { NewPolicy } from '../../http/routes/verdicts/policy-settings.ts';
import { WebhookEvents, WebhookUrl } from '../../http/routes/webhooks/schemas.ts';
import { fieldErrorsOf } from '../../http/server/field-errors.ts';

/** What a file for `kanda apply` may say. Secrets are never in it: it names the files that they are in or go to. */

const only = { additionalProperties: false } as const;
const Path = Type.String({ minLength: 1, maxLength: 4096 });
const Key = Type.Object(
  {
    name: KeyName,
    scopes: Type.Optional(ScopeList),
    expires: Type.Optional(Type.String()),
    test: Type.Optional(Type.Boolean()),
    file: Path,
  },
  only,
);
const Webhook = Type.Object(
  {
    url: WebhookUrl,
    events: Type.Optional(WebhookEvents),
    test: Type.Optional(Type.Boolean()),
    secretFile: Path,
  },
  only,
);
const DesiredAccount = Type.Object(
  {
    email: Email,
    passwordFile: Type.Optional(Path),
    passwordVariable: Type.Optional(Type.String({ minLength: 1 })),
    disabled: Type.Optional(Type.Boolean()),
    policy: Type.Optional(NewPolicy),
    keys: Type.Optional(Type.Array(Key, { maxItems: 1000 })),
    webhooks: Type.Optional(Type.Array(Webhook, { maxItems: 100 })),
  },
  only,
);
const Desired = Type.Object({ accounts: Type.Array(DesiredAccount, { maxItems: 10_000 }) }, only);

export type DesiredKey = Static<typeof Key>;
export type DesiredWebhook = Static<typeof Webhook>;
export type DesiredAccount = Static<typeof DesiredAccount>;
export type Desired = Static<typeof Desired>;

/** A file that says what should be there, with its paths made absolute. */
export interface DesiredFile {
  readonly path: string;
  readonly accounts: readonly DesiredAccount[];
}

const isDesired = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile<Desired>(
  Desired,
);

/**
 * Reads the file (YAML 1.2, so JSON too). Paths in it are relative to its folder.
 *
 * @throws for people, with the line of everything that is wrong in it
 */
export function readDesired(path: string): DesiredFile {
  const text = textOf(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw new Error(`${path} is not YAML: ${broken.message}`);
  const desired: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isDesired(desired)) {
    const faults = fieldErrorsOf((isDesired.errors ?? []) as Parameters<typeof fieldErrorsOf>[0]);
    const told = faults.map(
      ({ path: field, message }) =>
        `${path}:${lineOf(document, lines, field)}: ${field.slice(1) || 'the file'} ${message.replaceAll('of this call', 'that is known here')}`,
    );
    throw new Error(`Nothing was changed.\n${told.join('\n')}`);
  }
  return { path, accounts: desired.accounts.map((account) => withPaths(account, dirname(resolve(path)))) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Where the field is, or the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, field: string): number {
  const parts = field.split('/').slice(1);
  for (let length = parts.length; length > 0; length--) {
    const node = document.getIn(parts.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function withPaths(account: DesiredAccount, folder: string): DesiredAccount {
  const { passwordFile, keys, webhooks } = account;
  return {
    ...account,
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(folder, passwordFile) }),
    ...(keys === undefined ? {} : { keys: keys.map((key) => ({ ...key, file: resolve(folder, key.file) })) }),
    ...(webhooks === undefined
      ? {}
      : {
          webhooks: webhooks.map((one) => ({ ...one, secretFile: resolve(folder, one.secretFile) })),
        }),
  };
}
