import { type Static, type TSchema, Type } from 'typebox';
import { Fault, type FieldError } from '../../../domain/errors.ts';
import {
  DEFAULT_POLICY,
  POLICY_BOUNDS,
  type Policy,
  type PolicyBreach,
  type PolicyNumber,
  type PolicySettings,
  policyBreaches,
} from '../../../domain/verdicts/policy.ts';
import { named } from '../schemas.ts';

/** How a policy looks in JSON: as the domain has it, but with seconds for milliseconds. */

const MS = 1_000;
const NAMES = {
  skew: 'skew',
  freeFailures: 'freeFailures',
  firstDelayMs: 'firstDelaySeconds',
  maxDelayMs: 'maxDelaySeconds',
  dailyFailures: 'dailyFailures',
  confirmSkew: 'confirmSkew',
  maxAuthenticators: 'maxAuthenticators',
  lookAhead: 'lookAhead',
} as const satisfies Record<PolicyNumber, string>;

const number = (field: PolicyNumber, description: string) => {
  const { least, most } = shown(field, POLICY_BOUNDS[field]);
  const fallback = shownNumber(field, DEFAULT_POLICY[field]);
  // The range is no `minimum` and `maximum`: what lies outside has an error of its own, which names it.
  return Type.Integer({ description: `${description} From ${least} to ${most}.`, default: fallback });
};

const SETTINGS = {
  skew: number('skew', 'Steps that are accepted before and after the current one.'),
  freeFailures: number('freeFailures', 'Consecutive wrong codes allowed before delays start.'),
  firstDelaySeconds: number('firstDelayMs', 'The first delay; each further wrong code doubles it.'),
  maxDelaySeconds: number('maxDelayMs', 'The longest delay; not below firstDelaySeconds.'),
  dailyFailures: number('dailyFailures', 'Wrong codes in any 24 hours that lock the user until unlocked.'),
  tellReplays: Type.Boolean({
    description: 'Whether a used code is answered with code_already_used and not with invalid_code.',
    default: DEFAULT_POLICY.tellReplays,
  }),
  confirmSkew: number('confirmSkew', 'Steps accepted before and after the current one by confirm.'),
  maxAuthenticators: number('maxAuthenticators', 'Authenticators a user may have, pending ones included.'),
  lookAhead: number('lookAhead', 'HOTP: counters accepted after the expected one.'),
  followDrift: Type.Boolean({
    description: 'Whether to follow the clock of a TOTP authenticator as it drifts, up to 10 steps.',
    default: DEFAULT_POLICY.followDrift,
  }),
  trustedDevices: Type.Boolean({
    description: 'Whether a browser may be trusted after a right code, with trustDevice and deviceToken.',
    default: DEFAULT_POLICY.trustedDevices,
  }),
};

const Range = Type.Object(
  { from: Type.Integer(), to: Type.Integer() },
  named('PolicyRange', 'The least and the greatest value of a setting.', { from: 0, to: 2 }),
);
const { firstDelayMs, maxDelayMs, consecutiveFailures: _, ...DEFAULTS } = DEFAULT_POLICY;
const EXAMPLE = { ...DEFAULTS, firstDelaySeconds: firstDelayMs / MS, maxDelaySeconds: maxDelayMs / MS };
const SettingsView = Type.Object(SETTINGS, named('PolicySettings', 'How codes are judged.', EXAMPLE));

/** Every setting may be left out; it is then the default. */
export const NewPolicy = Type.Object(optional(SETTINGS), {
  additionalProperties: false,
  examples: [{ trustedDevices: true }],
});

export const PolicyView = Type.Object(
  {
    policy: SettingsView,
    defaults: SettingsView,
    allowed: Type.Object(
      {
        skew: Range,
        freeFailures: Range,
        firstDelaySeconds: Range,
        maxDelaySeconds: Range,
        dailyFailures: Range,
        confirmSkew: Range,
        maxAuthenticators: Range,
        lookAhead: Range,
      },
      { title: 'PolicyRanges', description: 'From where to where each setting may go.' },
    ),
  },
  named('Policy', 'The policy of the account, its defaults and what it may be.', {
    policy: EXAMPLE,
    defaults: EXAMPLE,
    allowed: exampleRanges(),
  }),
);

export function policyView(policy: Policy): Static<typeof PolicyView> {
  return { policy: settingsView(policy), defaults: settingsView(DEFAULT_POLICY), allowed: ALLOWED };
}

const ALLOWED: Static<typeof PolicyView>['allowed'] = {
  skew: range('skew'),
  freeFailures: range('freeFailures'),
  firstDelaySeconds: range('firstDelayMs'),
  maxDelaySeconds: range('maxDelayMs'),
  dailyFailures: range('dailyFailures'),
  confirmSkew: range('confirmSkew'),
  maxAuthenticators: range('maxAuthenticators'),
  lookAhead: range('lookAhead'),
};

function settingsView(policy: Policy): Static<typeof SettingsView> {
  const { firstDelayMs, maxDelayMs, consecutiveFailures: _, ...settings } = policy;
  return { ...settings, firstDelaySeconds: firstDelayMs / MS, maxDelaySeconds: maxDelayMs / MS };
}

/** The whole policy that a caller asks for. Faults: policy_invalid. */
export function readNewPolicy(asked: Static<typeof NewPolicy>): PolicySettings {
  const { firstDelaySeconds, maxDelaySeconds, ...same } = { ...settingsView(DEFAULT_POLICY), ...asked };
  const settings = { ...same, firstDelayMs: firstDelaySeconds * MS, maxDelayMs: maxDelaySeconds * MS };
  const breaches = policyBreaches(settings);
  const errors = breaches.map(toFieldError);
  const [first] = errors;
  if (first === undefined) return settings;
  throw new Fault('policy_invalid', `Nothing was changed: ${first.path.slice(1)} ${first.message}.`, {
    errors,
  });
}

function toFieldError({ field, ...bounds }: PolicyBreach): FieldError {
  const { least, most } = shown(field, bounds);
  const because = bounds.least > POLICY_BOUNDS[field].least ? ' (firstDelaySeconds)' : '';
  return { path: `/${NAMES[field]}`, message: `must be from ${least}${because} to ${most}` };
}

function exampleRanges() {
  const fields = Object.keys(NAMES) as PolicyNumber[];
  return Object.fromEntries(fields.map((field) => [NAMES[field], range(field)]));
}

function range(field: PolicyNumber): Static<typeof Range> {
  const { least, most } = shown(field, POLICY_BOUNDS[field]);
  return { from: least, to: most };
}

function shown(field: PolicyNumber, { least, most }: { least: number; most: number }) {
  return { least: shownNumber(field, least), most: shownNumber(field, most) };
}

function shownNumber(field: PolicyNumber, value: number): number {
  return field.endsWith('Ms') ? value / MS : value;
}

function optional<T extends Record<string, TSchema>>(schemas: T) {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, Type.Optional(schema)]),
  ) as { [Name in keyof T]: ReturnType<typeof Type.Optional<T[Name]>> };
}
