import { Ajv } from 'ajv';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import { readClientId } from '../../domain/clients/names.ts';
import { Fault } from '../../domain/errors.ts';
import { parseJsonBody } from './json-body.ts';
import type { App } from './types.ts';

/** In a schema: the text is a clientId, wherever in a request it is. */
export const CLIENT_ID = 'clientId';

/**
 * Bodies are taken as they are: no string becomes a number, no unknown field is dropped in silence. Only
 * queries are text by nature, so there numbers are read from it.
 */
export function useStrictInput(app: App): void {
  const formats = { 'date-time': isTimestamp };
  const strict = new Ajv({
    allErrors: true,
    coerceTypes: false,
    useDefaults: false,
    removeAdditional: false,
    formats,
  });
  const fromText = new Ajv({
    allErrors: true,
    coerceTypes: true,
    useDefaults: false,
    removeAdditional: false,
    formats,
  });
  for (const ajv of [strict, fromText]) {
    ajv.addKeyword('example');
    ajv.addKeyword({
      keyword: CLIENT_ID,
      type: 'string',
      modifying: true,
      errors: true,
      compile: () => toClientId,
    });
  }
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'querystring' ? fromText : strict).compile(schema as object),
  );
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      const coding = request.headers['content-encoding'];
      if (coding !== undefined) throw encoded(coding);
      // Some HTTP clients declare JSON on every POST; without a body there is nothing to read.
      done(null, bytes.length === 0 ? undefined : parseJsonBody(bytes as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

/** Puts the clientId in the place of what was sent, so that no route sees another spelling of it. */
const toClientId: DataValidateFunction = (text: string, context) => {
  const read = readClientId(text);
  if ('problem' in read) {
    toClientId.errors = [{ keyword: CLIENT_ID, message: read.problem, params: {} }];
    return false;
  }
  if (context !== undefined) context.parentData[context.parentDataProperty] = read.clientId;
  return true;
};

function encoded(coding: string): Fault {
  return new Fault(
    'content_type_unsupported',
    `Send the body as it is: Content-Encoding ${coding} is not read.`,
  );
}

/** RFC 3339 with an offset; the calendar is checked too, so 2026-02-30 is refused. */
function isTimestamp(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${match[1]}T00:00:00Z`).toISOString().startsWith(match[1] as string);
}
