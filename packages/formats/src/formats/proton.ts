import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import { firstText, isRow, type Row, textOf } from '../reading/values.ts';
import { otpauthDraft } from './otpauth.ts';

/** Proton Authenticator's JSON, plain. Source: the export itself, as the importer of Aegis reads it. */
export const proton: Format = {
  name: 'proton',
  title: 'Proton Authenticator (JSON)',
  matches: ({ json }) =>
    isRow(json) && ('salt' in json || Array.isArray(json.entries)) && 'version' in json && !('db' in json),
  parse({ json }) {
    const collector = new Collector('proton');
    const entries = isRow(json) ? json.entries : undefined;
    if (!Array.isArray(entries)) {
      collector.fail('Encrypted exports of Proton Authenticator are not read.', {
        code: 'encrypted',
        action: 'Export without a password.',
      });
      return collector.done();
    }
    for (const [index, entry] of (entries as unknown[]).entries()) {
      const content = isRow(entry) && isRow(entry.content) ? entry.content : {};
      collector.add(`entry ${index + 1}`, (noting) => draftOf(content, noting));
    }
    return collector.done();
  },
};

/** The URI's label counts: the name is the one that the app shows. */
function draftOf(content: Row, entry: Entry): Draft {
  const draft = otpauthDraft(textOf(content.uri), entry);
  return { ...draft, label: firstText(draft.label, content.name) };
}
