/** How a call of the scenarios is made with the TypeScript SDK: by the name that `sdks/README.md` gives it. */
import type { CallOptions, Kanda } from '../../packages/sdk/src/index.ts';

/** The fields of a step's `with`, filled in. */
// biome-ignore lint/suspicious/noExplicitAny: a scenario may send what the types forbid, and the server judges it.
export type Fields = Readonly<Record<string, any>>;

type MakeCall = (kanda: Kanda, fields: Fields, options: CallOptions) => Promise<unknown>;

/** Everything of a list that comes in pages. */
async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}

export const CALLS: Readonly<Record<string, MakeCall>> = {
  register: (kanda, fields, options) => kanda.register(fields as never, options),
  confirm: (kanda, fields, options) => kanda.confirm(fields as never, options),
  validate: (kanda, fields, options) => kanda.validate(fields as never, options),
  rotate: (kanda, { clientId, ...body }, options) => kanda.rotate(clientId, body, options),
  import: (kanda, fields, options) => kanda.import(fields as never, options),
  'clients.list': (kanda, fields, options) => all(kanda.clients.list(fields, options)),
  'clients.get': (kanda, { clientId }, options) => kanda.clients.get(clientId, options),
  'clients.update': (kanda, { clientId, ...body }, options) => kanda.clients.update(clientId, body, options),
  'clients.delete': (kanda, { clientId }, options) => kanda.clients.delete(clientId, options),
  'clients.unlock': (kanda, { clientId, ...body }, options) => kanda.clients.unlock(clientId, body, options),
  'clients.disable': (kanda, { clientId }, options) => kanda.clients.disable(clientId, options),
  'clients.enable': (kanda, { clientId }, options) => kanda.clients.enable(clientId, options),
  'clients.diagnose': (kanda, { clientId, ...body }, options) =>
    kanda.clients.diagnose(clientId, body as never, options),
  'authenticators.add': (kanda, { clientId, ...body }, options) =>
    kanda.authenticators.add(clientId, body, options),
  'authenticators.list': (kanda, { clientId }, options) => kanda.authenticators.list(clientId, options),
  'authenticators.get': (kanda, { clientId, authenticatorId }, options) =>
    kanda.authenticators.get(clientId, authenticatorId, options),
  'authenticators.update': (kanda, { clientId, authenticatorId, ...body }, options) =>
    kanda.authenticators.update(clientId, authenticatorId, body, options),
  'authenticators.remove': (kanda, { clientId, authenticatorId }, options) =>
    kanda.authenticators.remove(clientId, authenticatorId, options),
  'authenticators.resync': (kanda, { clientId, authenticatorId, ...body }, options) =>
    kanda.authenticators.resync(clientId, authenticatorId, body as never, options),
  'recoveryCodes.create': (kanda, { clientId, ...body }, options) =>
    kanda.recoveryCodes.create(clientId, body, options),
  'recoveryCodes.status': (kanda, { clientId }, options) => kanda.recoveryCodes.status(clientId, options),
  'recoveryCodes.delete': (kanda, { clientId }, options) => kanda.recoveryCodes.delete(clientId, options),
  'devices.list': (kanda, { clientId }, options) => kanda.devices.list(clientId, options),
  'devices.end': (kanda, { clientId, deviceId }, options) => kanda.devices.end(clientId, deviceId, options),
  'devices.endAll': (kanda, { clientId }, options) => kanda.devices.endAll(clientId, options),
  'receipts.redeem': (kanda, fields, options) => kanda.receipts.redeem(fields as never, options),
  'links.create': (kanda, fields, options) => kanda.links.create(fields as never, options),
  'links.redeem': (kanda, fields, options) => kanda.links.redeem(fields as never, options),
  'logs.list': (kanda, fields, options) => all(kanda.logs.list(fields, options)),
  'policy.get': (kanda, _, options) => kanda.policy.get(options),
  'policy.set': (kanda, fields, options) => kanda.policy.set(fields, options),
  'logs.get': (kanda, { id }, options) => kanda.logs.get(id, options),
};
