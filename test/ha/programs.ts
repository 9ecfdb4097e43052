/** The programs that a trial is made of; all come from Debian's packages. */
import { findTool } from '../support/test-tools.ts';
import type { Programs } from './daemons.ts';

/** null, after saying what is missing. @throws in CI, when something is */
export function findPrograms(): Programs | null {
  const [etcd, patroni, haproxy, postgres] = ['etcd', 'patroni', 'haproxy', 'postgresql 15'].map(findTool);
  if (!etcd || !patroni || !haproxy || !postgres) return null;
  return { etcd, patroni, haproxy };
}
