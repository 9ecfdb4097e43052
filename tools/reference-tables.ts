/**
 * The parts of the reference that are made from the code: settings, calls, errors, events, commands. Each
 * stands between two markers of its document, and `write-docs.ts` puts it there.
 */
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import type { Command } from 'commander';
import { createProgram } from '../apps/server/src/cli/program.ts';
import { SETTINGS } from '../apps/server/src/config.ts';
import { FAULT_CODES } from '../apps/server/src/domain/errors.ts';
import { EVENT_TYPES, type EventType } from '../apps/server/src/domain/events.ts';
import { PROBLEMS } from '../apps/server/src/http/problems.ts';

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
  'account.login': 'Somebody logged in with e-mail and password, or tried to.',
  'account.password_changed': 'The password was replaced. Every token of the account ended.',
  'token.issued': 'An API key was traded for a token, or somebody tried to.',
  'key.created': 'An API key was made.',
  'key.revoked': 'An API key was revoked. Its tokens ended with it.',
  'client.registered': 'A user was enrolled.',
  'client.rotated': "A user's secret was replaced. Locks and delays ended.",
  'client.disabled': 'Codes of this user are refused from here on.',
  'client.enabled': 'Codes of this user are judged again.',
  'client.locked': 'Too many wrong codes: only unlock or rotate opens this user again.',
  'client.unlocked': 'A lock or delay was ended by hand, and the failures behind it forgotten.',
  'client.deleted': 'A user and the secret were removed. The events stay.',
  'totp.validated': 'A code was sent. `outcome` says whether it was accepted, `reason` why not.',
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

  commands: () => {
    const fromSettings = new Set(SETTINGS.map(({ flag }) => `--${flag}`));
    return cliCommands()
      .map(({ name, command }) => {
        const own = command.options.filter(({ long }) => !fromSettings.has(long ?? ''));
        const takesSettings = own.length < command.options.length;
        const usage = `kanda ${name} ${command.usage()}`.trim();
        const rows = own.map(({ flags, description }) => [`\`${flags}\``, description]);
        return [
          `### \`${name}\``,
          sentence(command.description()),
          `Usage: \`${usage}\`.${takesSettings ? ' It also takes the flags of the [settings](#settings) that it uses.' : ''}`,
          ...(rows.length > 0 ? [table(['Option', 'What it does'], rows)] : []),
        ].join('\n\n');
      })
      .join('\n\n');
  },
};

/** A marker as it stands in a document, invisible when it is shown. */
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
  const scopes = security?.[0]?.bearer;
  if (scopes === undefined) return 'no bearer';
  return scopes.length === 0 ? 'any bearer' : scopes.map((scope) => `\`${scope}\``).join(' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
