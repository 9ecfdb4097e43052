import type { Installation } from '../../compose/installation.ts';
import type { ApiKey } from '../../domain/keys/api-key.ts';
import { DEFAULT_KEY_SCOPES } from '../../domain/keys/scopes.ts';
import { allKeys } from '../keys/key-list.ts';
import { messageOf } from '../lib/tell-error.ts';
import { timeOf } from '../lib/time.ts';
import type { DesiredAccount, DesiredKey } from './desired.ts';
import { changeBy, type Halves, halfOf, nowIn } from './halves.ts';
import type { Findings, Step } from './plan.ts';
import { assertWritable, isThere, keepSecret, secretIn } from './secret-file.ts';

/** Keys by their names. Those that the file does not name stay. */
export async function planKeys(
  { keys = [] }: DesiredAccount,
  halves: Halves,
  installation: Installation | null,
): Promise<Findings> {
  const steps: Step[] = [];
  const faults: string[] = [];
  let unchanged = 0;
  for (const [index, key] of keys.entries()) {
    try {
      const isSame = (other: DesiredKey) => other.name === key.name && isTest(other) === isTest(key);
      if (keys.findIndex(isSame) !== index) throw new Error(`${shown(key, halves)} is in the file twice.`);
      if (await isAsWanted(key, halves, installation)) unchanged++;
      else steps.push(newKey(key, halves));
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  return { steps, unchanged, faults };
}

function newKey(key: DesiredKey, halves: Halves): Step {
  const scopes = key.scopes ?? DEFAULT_KEY_SCOPES;
  const expiresAt = endOf(key, halves);
  return {
    action: 'create',
    what: 'key',
    account: halves.email,
    text: `${shown(key, halves)}, ${scopes.join(' ')}, ends ${key.expires ?? 'never'}, written to ${key.file}`,
    async run(installation) {
      const half = await halfOf(installation, halves.email, key.test);
      await keepSecret(key.file, async () => {
        const wanted = { accountId: half.id, name: key.name, scopes, expiresAt };
        const { key: made, text } = await installation.apiKeys.create(wanted, changeBy(installation, half));
        return {
          text: text.reveal(),
          undo: () => installation.apiKeys.revoke(half.id, made.id, changeBy(installation, half)),
          undoByHand: `kanda key revoke ${made.id}`,
        };
      });
    },
  };
}

/** @throws for people, when it is neither there nor can be made as the file says */
async function isAsWanted(
  key: DesiredKey,
  halves: Halves,
  installation: Installation | null,
): Promise<boolean> {
  const half = isTest(key) ? halves.test : halves.live;
  const expiresAt = endOf(key, halves);
  const named =
    half === null || installation === null
      ? []
      : (await allKeys(installation.store, half.id)).filter(({ name }) => name === key.name);
  if (named.length === 0) {
    if (expiresAt !== null && expiresAt <= nowOf(installation, halves, key)) {
      throw new Error(`${shown(key, halves)} would have ended at ${key.expires}. Give it a later end.`);
    }
    if (isThere(key.file)) {
      throw new Error(
        `${shown(key, halves)} is to be made, and ${key.file} is there already. Remove that file, or name another one.`,
      );
    }
    assertWritable(key.file);
    return false;
  }
  if (!named.some((one) => fits(one, key, expiresAt))) {
    throw new Error(
      `${shown(key, halves)} has other scopes or another end than the file says, and a key cannot be changed. ` +
        'Name the new one differently; once it is in use, revoke the old one with kanda key revoke.',
    );
  }
  if (!isThere(key.file)) {
    throw new Error(
      `${shown(key, halves)} is there, and ${key.file} is not. A key is shown once. If this machine should have one of its own, name it differently; if the file was lost, revoke the key (kanda key revoke) and apply again.`,
    );
  }
  const text = secretIn(key.file);
  const id = text === null ? null : installation?.apiKeys.claimedId(text);
  if (text !== null && !named.some((one) => one.id === id)) {
    throw new Error(
      `${shown(key, halves)} is there, and ${key.file} has ${text === '' ? 'nothing in it' : 'something else'}. A key is shown once: revoke it (kanda key revoke), remove that file, and apply again.`,
    );
  }
  return true;
}

function fits(one: ApiKey, key: DesiredKey, expiresAt: number | null): boolean {
  const wanted: readonly string[] = key.scopes ?? DEFAULT_KEY_SCOPES;
  return (
    one.expiresAt === expiresAt &&
    one.scopes.length === wanted.length &&
    one.scopes.every((scope) => wanted.includes(scope))
  );
}

/** ms; null: never. @throws for people */
function endOf(key: DesiredKey, halves: Halves): number | null {
  if (key.expires === undefined || key.expires === 'never') return null;
  const end = timeOf(key.expires);
  if (end !== null) return end;
  throw new Error(
    `${shown(key, halves)}: expires is ${JSON.stringify(key.expires)}, not a time. Examples: never, 2027-01-31, 2027-01-31T09:30:00Z`,
  );
}

function nowOf(installation: Installation | null, halves: Halves, key: DesiredKey): number {
  if (installation === null) return Date.now();
  const half = isTest(key) ? halves.test : halves.live;
  return half === null ? installation.clock() : nowIn(installation, half);
}

function isTest({ test = false }: DesiredKey): boolean {
  return test;
}

function shown(key: DesiredKey, { email }: Halves): string {
  return `${isTest(key) ? 'test key' : 'key'} ${JSON.stringify(key.name)} of ${email}`;
}
