/**
 * The parts of the reference that are made from the code: settings, calls, errors, events, commands. Each
 * stands between two markers of its document, and `write-docs.ts` puts it there.
 */
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import type { Command } from 'commander';
import { createProgram } from '../apps/server/src/cli/program.ts';
import { SETTINGS } from '../apps/server/src/config/schema.ts';
import { FAULT_CODES } from '../apps/server/src/domain/errors.ts';
import { EVENT_TYPES, type EventType } from '../apps/server/src/domain/log/events.ts';
import { PROBLEMS } from '../apps/server/src/http/server/problems.ts';

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A call of the HTTP API, as `openapi.json` tells it. */
export interface Route {
  /** As `POST /api/keys/{id}`. */
  readonly name: string;
  readonly operation: Operation;
}

export function routes(): Route[] {
  const file = readFileSync(new URL('../openapi.json', import.meta.url), 'utf8');
  const { paths } = JSON.parse(file) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}

/** A command of the command line, as `account create`. */
export interface CliCommand {
  readonly name: string;
  readonly command: Command;
}

/** The commands that do something; one that only groups others is not among them. */
export function cliCommands(): CliCommand[] {
  const inside = (parent: Command, path: readonly string[]): CliCommand[] =>
    parent.commands.flatMap((command) => {
      const name = [...path, command.name()];
      return command.commands.length > 0 ? inside(command, name) : [{ name: name.join(' '), command }];
    });
  return inside(createProgram({ env: {}, version: '0.0.0' }), []);
}

/** When each event is written. The type makes a new event need its sentence here. */
const WRITTEN_WHEN: Readonly<Record<EventType, string>> = {
  'account.registered': 'An account was made.',
  'account.login': 'A login with e-mail and password, or an attempt.',
  'account.code_requested':
    'The right password of an account with two-factor login was sent, and the code was asked for. A login of a person has this and then `account.login`. This alone, from an address that you do not know, says that someone knows the password.',
  'account.password_changed':
    'The password was changed, or an attempt to. Every other session and every exchanged token ended.',
  'token.issued': 'An API key was exchanged for a token, or an attempt to.',
  'key.created': 'An API key was made.',
  'key.revoked': 'An API key was revoked. Its tokens ended with it.',
  'key.expiring':
    'An API key expires within 14 days; written once for each key that was made for longer. `reason` names it: `key:` and its id. Make another one and deploy it, or the calls with this one will be refused.',
  'client.registered': 'A user was enrolled, or an attempt to.',
  'client.rotated':
    "A user's secret was replaced, or an attempt to. Locks and delays ended, unless another confirmed authenticator stayed.",
  'client.disabled': 'Codes of this user are refused from here on.',
  'client.enabled': 'Codes of this user are judged again.',
  'client.locked':
    'Too many wrong codes: until an unlock, a rotation or a right recovery code, every code of this user is refused.',
  'client.unlocked': 'A lock or delay was ended by a call, and the failures that led to it were forgotten.',
  'client.updated': "A user's label or issuer was changed.",
  'authenticator.added': 'A user got another authenticator, which may be pending.',
  'authenticator.confirmed':
    'A code was sent to confirm a pending authenticator. `outcome` says whether it was right, `reason` why not.',
  'authenticator.removed': 'An authenticator was removed, or a pending one cancelled.',
  'authenticator.renamed': 'An authenticator was renamed.',
  'client.diagnosed': 'A code that does not work was diagnosed; `reason` has the finding.',
  'authenticator.resynced':
    'An authenticator was resynchronised by two codes, or its drift was forgotten. `reason` has the drift, as `drift=3`; when `outcome` is failure, the cause.',
  'authenticator.expired': 'A pending authenticator was not confirmed in time, and is gone.',
  'client.clock_reset':
    "Codes that were refused because this server's clock had been ahead are accepted again. Codes that may have been accepted stay refused.",
  'client.recovery_codes_created': 'Recovery codes were made for a user; all earlier ones are void.',
  'client.recovery_codes_deleted': "A user's recovery codes were deleted, or an attempt to.",
  'client.recovery_code_used':
    'A recovery code was sent in place of a code. `outcome` says whether it was accepted, and so used up, `reason` why not.',
  'client.secret_exported': "A user's secrets were exported.",
  'account.secrets_exported':
    'An export of all secrets of the account began. Each user of it has an event, too.',
  'client.deleted': 'A user and the secret were removed. The events stay.',
  'account.policy_changed': 'The policy was changed. `reason` lists the settings that changed.',
  'alarm.secret_unreadable':
    "A user's stored secret does not open: it was moved or altered, or its key was. Nothing was judged.",
  'masterkey.rotated': "Everything is under a new master key (in the installation's own log).",
  'masterkey.retired':
    "The older master keys were taken out of the key file (in the installation's own log).",
  'receipt.redeemed':
    'A receipt was redeemed, or an attempt to that was refused because it was redeemed before or had expired. `reason` has the id of the event of its code; when `outcome` is failure, the cause.',
  'link.created':
    'A link was made, or an attempt to. `reason` has its purpose and its id; when `outcome` is failure, the cause.',
  'link.opened':
    'The button on the page of a link was pressed for the first time. `reason` has its purpose and its id; when `outcome` is failure, why it could not begin.',
  'link.completed':
    'A right code was typed on the page of a link, which ended with it. `reason` has its purpose and its id; when `outcome` is failure, why the code could not be judged.',
  'link.cancelled':
    'A link was cancelled: by a call, by its user, by a newer one of the same purpose, with its user, or because the authenticators of its user were changed in another way. `reason` has its id.',
  'link.expired': 'A link was not used in time. `reason` has its id.',
  'link.redeemed':
    'The result of a link was redeemed, or an attempt to. `reason` has the id of the link; when `outcome` is failure, the cause.',
  'account.hosted_pages_changed':
    'How the pages of links look was changed. `reason` has the origins to which they may send users.',
  'account.getting_started_changed':
    'The list of first steps was dismissed or brought back, or an operator said which master key has a copy. `reason` says which.',
  'signingkey.rotated': "A new key for receipts was made (in the installation's own log).",
  'webhook.created': 'A webhook was made, or an attempt to. `reason` has its id, here and in the next four.',
  'webhook.updated': 'A webhook was changed, switched off or switched on again, or an attempt to.',
  'webhook.deleted': 'A webhook was deleted, or an attempt to.',
  'webhook.secret_rotated': 'A webhook got a new secret, or an attempt to.',
  'webhook.switched_off':
    'Kanda switched a webhook off: nothing was taken for three days, or the receiver answered 410.',
  'store.restored':
    'The store was put back from a backup. What came after the backup is not in the log, and its numbers are given again.',
  'test.created': 'The test half of the account was made (first in its own log).',
  'test.clock_advanced':
    'The clock of the test half was set forward; `reason` has the seconds, and the time is that of the clock afterwards.',
  'totp.validated': 'A code was sent. `outcome` says whether it was accepted, `reason` why not.',
  'account.two_factor_started':
    'An authenticator was made for two-factor login, and waits for its first code.',
  'account.two_factor_enabled': 'Two-factor login is on from here. Every other log-in ended.',
  'account.two_factor_disabled': 'Two-factor login was turned off, or an attempt to.',
  'client.device_trusted':
    'A browser was trusted after a right code; `reason` has its id, as `dev_…`. Of more than ten, the one that was not used for longest ended.',
  'client.device_used':
    'The token of a trusted device was sent in place of a code. `outcome` says whether it was accepted, `reason` which device it was or why not.',
  'client.devices_ended':
    'Trusted devices of a user were ended by hand, or an attempt to: the one that `reason` names, or all. A rotation, disabling, deletion and a recovery code end them without this event.',
  'account.recovery_code_used': 'A recovery code was used in place of a code.',
  'account.recovery_codes_replaced': 'New recovery codes were made; all earlier ones are void.',
  'account.disabled':
    'The operator disabled the account: every log-in and token ended, and its API keys are refused.',
  'account.enabled': 'The operator enabled the account again.',
  'account.email_changed': 'The operator changed the address of the account.',
  'account.deleted':
    "The operator deleted the account, with log-ins, keys and users. Its log stays; the installation's own log has the user id as `reason`.",
  'account.operator_granted': 'The operator let the account see the status of the installation.',
  'account.operator_revoked': 'The account may no longer see the status of the installation.',
  'account.session_ended': 'A log-in was ended, or all other ones were.',
};

/** Whether each command may run beside a server on the same store. */
const WHILE_SERVING: Readonly<Record<string, string>> = {
  serve: '',
  'account create': 'yes',
  apply: 'yes',
  'account list': 'yes',
  'account reset-password': 'yes',
  'account disable-two-factor': 'yes',
  'account email': 'yes',
  'account disable': 'yes',
  'account enable': 'yes',
  'account operator': 'yes',
  'account delete': 'yes',
  'key list': 'yes',
  'key create': 'yes',
  'key revoke': 'yes',
  link: 'yes',
  'client diagnose': 'yes',
  'client show': 'yes',
  'client list': 'yes',
  'client unlock': 'yes',
  'client disable': 'yes',
  'client enable': 'yes',
  'client delete': 'yes',
  import: 'yes',
  export: 'yes',
  backup: 'yes',
  restore: 'no, and it says so',
  migrate: 'no, and it says so',
  'store copy': 'no: stop it first',
  'store restored': 'no, and it says so',
  'keys status': 'yes',
  'keys rotate': 'yes',
  'keys retire': 'yes',
  'audit verify': 'yes',
  'audit export': 'yes',
  'audit checkpoint': 'yes',
  'audit key': 'yes',
  witness: 'yes, on another machine',
  'audit accept-restore': 'yes; restart it afterwards',
  logs: 'yes',
  doctor: 'yes',
};

/** Every generated part by its name, as Markdown. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ['Variable', 'Flag of `kanda serve`', 'Default', 'What it sets', 'Example'],
      SETTINGS.map(({ name, flag, default: fallback, description, example }) => [
        `\`${name}\``,
        flag === null ? 'none' : `\`--${flag}\``,
        fallback === null || fallback === '' ? 'none' : `\`${fallback}\``,
        description,
        example.includes('`') ? example : `\`${example}\``,
      ]),
    ),

  routes: () => {
    const all = routes();
    const tags = [...new Set(all.map(({ operation }) => operation.tags[0] ?? ''))];
    return tags
      .map((tag) => {
        const rows = all.filter(({ operation }) => operation.tags[0] === tag);
        return `### ${tag}\n\n${table(
          ['Call', 'Scope', 'Purpose'],
          rows.map(({ name, operation }) => [`\`${name}\``, scopeOf(operation), operation.summary]),
        )}`;
      })
      .join('\n\n');
  },

  errors: () =>
    table(
      ['Code', 'Status', 'Title'],
      FAULT_CODES.map((code) => {
        const { status, title } = PROBLEMS[code];
        return [`[\`${code}\`](../errors/${code}.md)`, `${status} ${STATUS_CODES[status]}`, title];
      }),
    ),

  events: () =>
    table(
      ['Event', 'Written when'],
      Object.keys(EVENT_TYPES).map((name) => [`\`${name}\``, WRITTEN_WHEN[name as EventType]]),
    ),

  commands: () =>
    table(
      ['Command', 'What it does', 'While a server runs'],
      cliCommands().map(({ name, command }) => {
        const serving = WHILE_SERVING[name];
        if (serving === undefined) throw new Error(`Say in WHILE_SERVING whether kanda ${name} may run.`);
        const [group = ''] = name.split(' ');
        return [`[\`kanda ${name}\`](#kanda-${group})`, command.description(), serving];
      }),
    ),
};

/** A marker in a document, invisible when the document is rendered. */
const MARKERS = /<!-- generated: (\w+) -->\n[\s\S]*?<!-- end of generated -->/g;

/**
 * The document with its generated parts made anew.
 * @throws when it names a part that does not exist
 */
export function withGenerated(markdown: string): string {
  return markdown.replace(MARKERS, (_, name: string) => {
    const make = GENERATED[name];
    if (make === undefined) throw new Error(`There is no generated part named ${name}.`);
    return `<!-- generated: ${name} -->\n\n${make()}\n\n<!-- end of generated -->`;
  });
}

function scopeOf({ security }: Operation): string {
  if (security?.[0]?.login !== undefined) return 'a log-in';
  // One entry is one way in: a call with several takes a bearer with the scopes of any of them.
  const ways = (security ?? []).flatMap(({ bearer }) => (bearer === undefined ? [] : [bearer]));
  if (ways.length === 0) return 'no bearer';
  return ways
    .map((scopes) => (scopes.length === 0 ? 'any bearer' : scopes.map((scope) => `\`${scope}\``).join(' ')))
    .join(' or ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A cell's text: no line ends, no cell ends, and no `<` that would begin a tag outside of code. */
function cell(text: string): string {
  const [...parts] = text.replaceAll('|', '\\|').replaceAll('\n', ' ').split('`');
  return parts.map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part)).join('`');
}
