import { randomInt } from 'node:crypto';

/** As large as `randomInt` gives; well below the 2^53 to which numbers are exact. */
const VERSIONS = 2 ** 48 - 1;

/**
 * The version of a new secret: drawn, not counted. What a node remembers of a secret it finds by account, number and
 * version. Numbers are given again when a database loses commits (a failover to a standby that was behind, a backup
 * put back); a drawn version is not, so what is remembered of the lost secret fits no other.
 */
export function drawSecretVersion(): number {
  return randomInt(1, VERSIONS);
}
