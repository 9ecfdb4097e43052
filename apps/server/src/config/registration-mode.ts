import { BlockList, isIP } from 'node:net';
import type { RegistrationMode } from '../domain/accounts/registration.ts';
import type { Config } from './schema.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Who may sign up. Where `KANDA_REGISTRATION` says nothing: anyone on a server that only its own machine reaches, and
 * elsewhere anyone until there is an account.
 */
export function registrationMode({
  registration,
  host,
  publicUrl,
}: Pick<Config, 'registration' | 'host' | 'publicUrl'>): RegistrationMode {
  if (registration !== null) return registration;
  return publicUrl === null && isLoopback(host) ? 'open' : 'until the first account';
}

/** Whether only this machine reaches a server that listens there. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
