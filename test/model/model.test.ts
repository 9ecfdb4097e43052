/**
 * The formal model of what lies around one decision (`kanda.pml`), checked by Spin in every order of events. It counts
 * because it fails: with each guard taken out, Spin finds an order of events in which an assertion does not hold.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findTool } from '../support/test-tools.ts';

const MODEL = fileURLToPath(new URL('kanda.pml', import.meta.url));
/** Deeper than the longest order of events. */
const MAX_DEPTH = 10_000;
const MAX_MEMORY_MB = 1_024;

const GUARDS: readonly (readonly [guard: string, broken: string])[] = [
  ['NO_WATERMARK', 'answered_valid'],
  ['NO_SYNC_WAIT', 'highest_answered'],
  ['NO_REWRITE', 'seen_log'],
  ['NO_START_SYNC', 'seen_log'],
  ['NO_READ_GUARD', 'shown_log'],
  ['NO_ANCHOR', 'signed_content'],
];

const spin = findTool('spin');
const gcc = findTool('gcc');

interface Outcome {
  readonly errors: number;
  readonly states: number;
  /** The assertion that does not hold. */
  readonly broken: string | null;
}

/** Makes the model's verifier without the guard, compiles it and runs it to its end. */
function verify(guard?: string): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-model-'));
  try {
    const run = (program: string, args: readonly string[]) =>
      execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    run(spin as string, ['-a', ...(guard === undefined ? [] : [`-D${guard}`]), MODEL]);
    run(gcc as string, ['-O2', '-w', '-DSAFETY', `-DMEMLIM=${MAX_MEMORY_MB}`, '-o', 'pan', 'pan.c']);
    return outcomeOf(run(join(folder, 'pan'), [`-m${MAX_DEPTH}`, '-n']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcomeOf(printed: string): Outcome {
  // What was cut short shows nothing.
  expect(printed).not.toMatch(/max search depth too small|out of memory|search was not completed/i);
  return {
    errors: Number(/errors: (\d+)/.exec(printed)?.[1] ?? Number.NaN),
    states: Number(/(\d+) states, stored/.exec(printed)?.[1] ?? Number.NaN),
    broken: /assertion violated (.+) \(at depth/.exec(printed)?.[1] ?? null,
  };
}

describe.skipIf(spin === null || gcc === null)('the model', () => {
  test('holds in every order of events', { timeout: 300_000 }, () => {
    const { errors, states, broken } = verify();
    expect({ errors, broken }).toEqual({ errors: 0, broken: null });
    expect(states).toBeGreaterThan(1_000_000);
  });

  test.each(GUARDS)('fails without its guard: %s', { timeout: 300_000 }, (guard, assertion) => {
    const { errors, broken } = verify(guard);
    expect(errors).toBe(1);
    expect(broken).toContain(assertion);
  });
});
