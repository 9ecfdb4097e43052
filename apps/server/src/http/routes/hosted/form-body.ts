import { Fault } from '../../../domain/errors.ts';
import type { App } from '../../server/types.ts';

/** Two fields of a few dozen characters. */
const FORM_LIMIT = 2 * 1024;

/** Has the routes of this scope take forms as browsers send them, and nothing else. */
export function takeForms(scope: App): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_LIMIT },
    (_request, text, done) => {
      const fields = new URLSearchParams(text as string);
      const names = [...fields.keys()];
      // Which one counts would depend on who reads it.
      if (new Set(names).size === names.length) done(null, Object.fromEntries(fields));
      else done(new Fault('body_invalid', 'The form has a field twice.'), undefined);
    },
  );
}
