import { describe, expect, it } from 'vitest';
import { MIGRATION_NAMES } from '../../../src/store/migrations/index.ts';
import { isFit, phaseOf, planOf, servesBeside } from '../../../src/store/migrations/phases.ts';

const EARLIER = ['0001-one', '0002-two'];
const KNOWN = [...EARLIER, '0003-three-expand', '0004-four-contract'];

describe('phases of migrations', () => {
  it('are in the names, and a migration that says nothing stands alone', () => {
    expect(KNOWN.map(phaseOf)).toEqual(['alone', 'alone', 'expand', 'contract']);
    expect(phaseOf('0026-expand-devices')).toBe('alone');
  });

  it('are read by servers of earlier versions, so a name says nothing else in their place', () => {
    const odd = MIGRATION_NAMES.filter((name) => /expand|contract/.test(name) && phaseOf(name) === 'alone');
    expect(odd).toEqual([]);
    expect(MIGRATION_NAMES).toEqual([...MIGRATION_NAMES].sort());
  });

  it('leave contracting steps until they are asked for', () => {
    expect(planOf(EARLIER, KNOWN)).toEqual({
      pending: ['0003-three-expand'],
      waiting: ['0004-four-contract'],
      newer: [],
    });
    expect(planOf(EARLIER, KNOWN, { contract: true })).toEqual({
      pending: ['0003-three-expand', '0004-four-contract'],
      waiting: [],
      newer: [],
    });
    expect(planOf(KNOWN.slice(0, 3), KNOWN)).toEqual({
      pending: [],
      waiting: ['0004-four-contract'],
      newer: [],
    });
  });

  it('do not leave them in an empty store, or where others come after them', () => {
    expect(planOf([], KNOWN).pending).toEqual(KNOWN);
    const later = [...KNOWN, '0005-five-expand', '0006-six-contract'];
    expect(planOf(EARLIER, later)).toEqual({
      pending: ['0003-three-expand', '0004-four-contract', '0005-five-expand'],
      waiting: ['0006-six-contract'],
      newer: [],
    });
  });

  it('let a server go on beside what it knows, and what only expands', () => {
    expect(servesBeside(['0003-three-expand'], '0002-two')).toBe(true);
    expect(servesBeside(['0003-three-expand', '0004-four-contract'], '0002-two')).toBe(false);
    expect(servesBeside(['0003-three-expand', '0004-four-contract'], '0004-four-contract')).toBe(true);
    expect(servesBeside(['0002-two'], '0001-one')).toBe(false);
    // One of which nothing is known has to be a match for all.
    expect(servesBeside(['0003-three-expand'], '')).toBe(true);
    expect(servesBeside(['0002-two'], '')).toBe(false);
  });

  it('make tables fit for a version that knows all but what expands', () => {
    expect(isFit(planOf(KNOWN, KNOWN))).toBe(true);
    expect(isFit(planOf(KNOWN.slice(0, 3), KNOWN))).toBe(true);
    expect(isFit(planOf(EARLIER, KNOWN))).toBe(false);
    expect(isFit(planOf([...KNOWN, '0005-five-expand'], KNOWN))).toBe(true);
    expect(isFit(planOf([...KNOWN, '0005-five'], KNOWN))).toBe(false);
    // What this version knows must be there, whatever a newer one has added.
    expect(isFit(planOf([...EARLIER, '0005-five-expand'], KNOWN))).toBe(false);
  });
});
