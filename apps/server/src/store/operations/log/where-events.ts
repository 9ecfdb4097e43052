import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { eventsWith, type Refinement, type TextPattern } from '../../../domain/log/event-filter.ts';
import type { LogFilter } from '../../../domain/log/event-store.ts';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';

type Where = ExpressionBuilder<Schema, 'event'>;
type Texts = 'client_id' | 'reason' | 'actor' | 'ip';

/**
 * A filter of the log as conditions. Of addresses only how they begin: whether one is in a network is for
 * `passesFilter`. What is no success is a failure, as in the line that is shown.
 */
export function whereEvents(
  where: Where,
  { clientId, event, outcome, refined }: LogFilter,
): Expression<SqlBool> {
  return where.and([
    ...(clientId === null ? [] : [where('client_id', '=', clientId)]),
    ...(event === null ? [] : [where('type', '=', EVENT_TYPES[event])]),
    ...(outcome === null ? [] : [where('outcome', outcome === 'success' ? '=' : '<>', 1)]),
    ...(refined === undefined ? [] : refinedConditions(where, refined)),
  ]);
}

function refinedConditions(where: Where, refined: Refinement): Expression<SqlBool>[] {
  const { events, clientIdPrefix, reasons, actors, addresses, text } = refined;
  const types = events.map((event) => EVENT_TYPES[event]);
  return [
    ...(types.length === 0 ? [] : [where('type', 'in', types)]),
    ...(clientIdPrefix === null ? [] : [begins('client_id', clientIdPrefix)]),
    ...(reasons.length === 0 ? [] : [where.or(reasons.map(fits(where, 'reason')))]),
    ...(actors.length === 0 ? [] : [where.or(actors.map(fits(where, 'actor')))]),
    ...(addresses.length === 0
      ? []
      : [where('ip', 'is not', null), where.or(addresses.map(({ beginning }) => begins('ip', beginning)))]),
    ...(text === null ? [] : [containing(where, text)]),
  ];
}

function fits(where: Where, column: Texts) {
  return ({ text, begins: asBeginning }: TextPattern): Expression<SqlBool> =>
    asBeginning ? begins(column, text) : where(column, '=', text);
}

/** Both dialects count characters and compare them as they are, which LIKE does not do on SQLite. */
function begins(column: Texts, text: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${sql.ref(column)}, 1, ${sql.lit([...text].length)}) = ${text}`;
}

/** One call of the function for a row: on SQLite it is one of JavaScript. */
function containing(where: Where, text: string): Expression<SqlBool> {
  const columns = ['client_id', 'reason', 'actor', 'ip', 'user_agent', 'request_id'] as const;
  const texts = sql.join(
    columns.map((column) => sql`coalesce(${sql.ref(column)}, '')`),
    sql` || ${sql.lit('\n')} || `,
  );
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  const types = eventsWith(text).map((event) => EVENT_TYPES[event]);
  return where.or([
    ...(types.length === 0 ? [] : [where('type', 'in', types)]),
    sql<SqlBool>`unicode_lower(${texts}) like ${pattern} escape '\\'`,
  ]);
}
