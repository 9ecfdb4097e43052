import type { Format } from '../format.ts';
import { Collector } from '../reading/collector.ts';
import { jsonIn } from '../reading/opened.ts';
import { firstText, isRow, type Row, textOf } from '../reading/values.ts';
import { unzipOne } from '../reading/zip.ts';
import { managedDraft } from './bitwarden.ts';

/** 1Password's 1PUX: a ZIP archive with `export.data`. Source: 1Password's documentation of the format. */
export const onePassword: Format = {
  name: '1password-1pux',
  title: '1Password (.1pux)',
  matches: ({ bytes }) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4,
  async parse({ bytes }) {
    const collector = new Collector('1password-1pux');
    const data = await unzipOne(bytes, 'export.data', MAX_BYTES);
    const json = typeof data === 'string' ? undefined : jsonIn(data);
    if (typeof data === 'string') collector.fail(data);
    else if (!isRow(json)) collector.fail('export.data is not JSON.');
    else readAccounts(collector, json);
    return collector.done();
  },
};

const MAX_BYTES = 256 * 1024 * 1024;

function rows(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter(isRow) : [];
}

function readAccounts(collector: Collector, json: Row): void {
  for (const [a, account] of rows(json.accounts).entries()) {
    for (const [v, vault] of rows(account.vaults).entries()) {
      for (const [i, item] of rows(vault.items).entries()) {
        readItem(collector, `accounts[${a}].vaults[${v}].items[${i}]`, item);
      }
    }
  }
}

function readItem(collector: Collector, place: string, item: Row): void {
  const overview = isRow(item.overview) ? item.overview : {};
  const details = isRow(item.details) ? item.details : {};
  const username = rows(details.loginFields).find((field) => field.designation === 'username');
  const label = firstText(username?.value, overview.subtitle);
  for (const section of rows(details.sections)) {
    for (const field of rows(section.fields)) {
      const totp = isRow(field.value) ? textOf(field.value.totp) : '';
      if (totp !== '')
        collector.add(place, (entry) => managedDraft(totp, label, textOf(overview.title), entry));
    }
  }
}
