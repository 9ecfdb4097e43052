import {
  DEFAULT_POLICY,
  POLICY_SWITCHES,
  type Policy,
  type PolicySettings,
  policyBreaches,
} from '../../domain/verdicts/policy.ts';

const parsed = new Map<string, Policy>();

/**
 * The policy that an account's row holds: what its JSON names, the defaults for the rest. Never throws, as one
 * account's row must not fail the batch of many: what cannot be read, or is looser than any account may set it, is
 * the default policy as a whole.
 */
export function readPolicy(json: string | null): Policy {
  if (json === null) return DEFAULT_POLICY;
  let policy = parsed.get(json);
  if (policy === undefined) {
    policy = parsePolicy(json);
    // Few texts exist at a time; a changed policy leaves its old text behind.
    if (parsed.size >= 1_000) parsed.clear();
    parsed.set(json, policy);
  }
  return policy;
}

/** What differs from the defaults, as JSON; null: nothing. */
export function writePolicy(settings: PolicySettings): string | null {
  const different = Object.entries(settings).filter(
    ([field, value]) => DEFAULT_POLICY[field as keyof Policy] !== value,
  );
  return different.length === 0 ? null : JSON.stringify(Object.fromEntries(different));
}

function parsePolicy(json: string): Policy {
  try {
    const { consecutiveFailures, ...settings } = JSON.parse(json) as Partial<Policy>;
    const policy = { ...DEFAULT_POLICY, ...settings };
    if (
      policyBreaches(policy).length === 0 &&
      POLICY_SWITCHES.every((name) => typeof policy[name] === 'boolean')
    )
      return policy;
  } catch {
    // Reported below.
  }
  process.emitWarning(
    'The policy of an account cannot be read from the store, or lies outside of what may be set. ' +
      'The default policy applies to its users until PUT /api/policy writes it anew.',
    'PolicyWarning',
  );
  return DEFAULT_POLICY;
}
