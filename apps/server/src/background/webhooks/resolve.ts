import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import type { WebhookAddresses } from './addresses.ts';

/** All addresses of a name; rejects when there is none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** c-ares reads the name servers once: a resolver that was made before they changed would ask the old ones for ever. */
const RESOLVER_FOR_MS = 60_000;
const LOOK_UP_WITHIN_MS = 2_000;
const TRIES = 2;
const LOOPBACK = ['127.0.0.1', '::1'];

/** A name leads to no address to which anything may be sent. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Asks the name servers themselves. `getaddrinfo`, as Node's own look-up, would wait on threads on which the store is
 * synced: names that no server answers for would hold up every validation. So what is only in /etc/hosts is not found.
 *
 * @param newResolver others than these two only in tests
 */
export function dnsResolve(
  newResolver: () => Pick<Resolver, 'resolve4' | 'resolve6'> = () =>
    new Resolver({ timeout: LOOK_UP_WITHIN_MS, tries: TRIES }),
  uptime: () => number = () => performance.now(),
): Resolve {
  let resolver = newResolver();
  let made = uptime();
  return async (name) => {
    if (/^(?:.+\.)?localhost\.?$/i.test(name)) return LOOPBACK;
    if (uptime() - made >= RESOLVER_FOR_MS) {
      resolver = newResolver();
      made = uptime();
    }
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    throw new Error(`${name} has no address`);
  };
}

/**
 * A look-up as a socket makes it, which gives only addresses that may be connected to. The socket connects to what this
 * gives and looks nothing up again, so there is no time between check and connection in which a name could change.
 */
export function guardedLookup(
  addresses: WebhookAddresses,
  resolve: Resolve,
  encrypted: boolean,
): LookupFunction {
  return (name, { all }, answer) => {
    resolve(name).then(
      (found) => {
        const allowed = found.filter((address) => addresses.allows(address, encrypted));
        const [first] = allowed;
        if (first === undefined) {
          answer(new AddressRefused(`${name} leads to no allowed address`), '', 0);
        } else if (all === true) {
          answer(
            null,
            allowed.map((address) => ({ address, family: familyOf(address) })),
          );
        } else answer(null, first, familyOf(first));
      },
      (cause) => answer(cause as NodeJS.ErrnoException, '', 0),
    );
  };
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
