import { DEFAULT_POLICY, type Policy } from '../domain/policy.ts';

const parsed = new Map<string, Policy>();

/** The policy that an account's row holds: what its JSON names, the defaults for the rest. */
export function readPolicy(json: string | null): Policy {
  if (json === null) return DEFAULT_POLICY;
  let policy = parsed.get(json);
  if (policy === undefined) {
    policy = { ...DEFAULT_POLICY, ...(JSON.parse(json) as Partial<Policy>) };
    // Few texts exist at a time; a changed policy leaves its old text behind.
    if (parsed.size >= 1_000) parsed.clear();
    parsed.set(json, policy);
  }
  return policy;
}
