/** Seen to fail: an event of an unknown type hid that its leaf, and all after it, were deleted. */
import { CompactRange, TreeHasher } from '@kanda/tlog';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/crypto/log-signing.ts';
import { LogVerifier } from '../../../src/domain/log/verify-log.ts';

const hasher = new TreeHasher(sha256);
const leaf = (number: number) => hasher.leaf(Buffer.from(`event ${number}`));

/** What is found in a log whose event 3 is of an unknown type and has no leaf, with a checkpoint of `size` events. */
function findingsWith(size: number) {
  const tree = new CompactRange(hasher);
  for (let number = 1; number <= size; number++) tree.append(leaf(number));
  const witness = { origin: 'log', size, root: tree.root(), at: 0, kept: true };
  const verifier = new LogVerifier(hasher, [witness]);
  verifier.next(leaf(1), leaf(1));
  verifier.next(leaf(2), leaf(2));
  verifier.ofNewerVersion(3);
  verifier.next(null, null);
  return verifier.finish(null).findings;
}

test('an event of a newer version that is not in the tree yet may be right', () => {
  const findings = findingsWith(2);
  expect(findings.map(({ isOfNewerVersion }) => isOfNewerVersion)).toEqual([true, true]);
  expect(findings[1]?.message).toContain('nothing from there on can be verified');
});

test('one that a checkpoint covers and that has no leaf is not only of a newer version', () => {
  const findings = findingsWith(5);
  expect(findings.map(({ isOfNewerVersion }) => isOfNewerVersion)).toEqual([true, undefined]);
  expect(findings[1]?.message).toContain('the leaf of event 3 was deleted');
});
