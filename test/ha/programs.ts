/** The programs that a trial is made of; all come from Debian's packages. */
import { globSync } from 'node:fs';
import { findTool } from '../support/test-tools.ts';
import type { Programs } from './daemons.ts';

/** null, after saying what is missing. @throws in CI, when something is */
export function findPrograms(): Programs | null {
  const [etcd, patroni, haproxy, postgres] = ['etcd', 'patroni', 'haproxy', 'postgresql 15'].map(findTool);
  if (!etcd || !patroni || !haproxy || !postgres) return null;
  return { etcd, patroni, haproxy };
}

/** The library that moves the clock of a program with threads; null, after saying what is missing. */
export function findLibfaketime(): string | null {
  if (findTool('faketime') === null) return null;
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? null;
}
