import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { Checkbox, Field, TextInput } from '../../../ui/field.tsx';
import { useFirstWrong } from '../../../ui/first-wrong.ts';
import { Panel } from '../../../ui/panel.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { useToast } from '../../../ui/toast.tsx';
import { useAction } from '../../action.ts';
import { api, ask, type PolicyAnswer, Problem } from '../../api.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Unsaved } from '../../parts/unsaved.tsx';
import { policyQuery } from '../../policy.ts';

type Policy = PolicyAnswer['policy'];
type PolicyNumber = keyof PolicyAnswer['allowed'];

const NUMBERS: Readonly<Record<PolicyNumber, { label: string; unit: string; hint: string }>> = {
  skew: {
    label: 'Drift',
    unit: 'steps',
    hint: 'Codes this far before and after the current one are accepted, for phones whose clock is off.',
  },
  freeFailures: {
    label: 'Free failures',
    unit: 'wrong codes',
    hint: 'Wrong codes in a row before delays begin.',
  },
  firstDelaySeconds: { label: 'First delay', unit: 'seconds', hint: 'Each further wrong code doubles it.' },
  maxDelaySeconds: { label: 'Longest delay', unit: 'seconds', hint: 'It grows no further than this.' },
  dailyFailures: {
    label: 'Daily failures',
    unit: 'wrong codes',
    hint: 'Wrong codes in 24 hours that lock the user until you unlock them.',
  },
  confirmSkew: {
    label: 'Drift when confirming',
    unit: 'steps',
    hint: 'As above, for the first code of a new authenticator.',
  },
  maxAuthenticators: {
    label: 'Authenticators',
    unit: 'for each user',
    hint: 'Each one makes as many codes right at once as the first.',
  },
  lookAhead: {
    label: 'Look-ahead',
    unit: 'counters',
    hint: 'Hardware tokens (HOTP): how many presses may go unused.',
  },
};

const SWITCHES = {
  tellReplays: {
    label: 'Tell callers when a code was used before',
    hint: 'They then read code_already_used instead of invalid_code. The log always tells.',
  },
  followDrift: {
    label: 'Follow clocks that drift',
    hint: 'Up to 10 steps. Twice as many codes are right at once for an authenticator that has drifted.',
  },
  trustedDevices: {
    label: 'Let users trust a browser',
    hint: 'After a right code, if your application asks for it (trustDevice), a browser needs no code for 30 days, 90 at most. Anyone who has both the password and the cookie gets in without a code.',
  },
} as const;
type PolicySwitch = keyof typeof SWITCHES;
const SWITCH_NAMES = Object.keys(SWITCHES) as PolicySwitch[];

export function PolicySettings() {
  const policy = useQuery({ ...policyQuery, refetchOnWindowFocus: false });
  return (
    <Panel title="How codes are judged">
      <QueryView query={policy} skeleton={<Skeleton className="m-5 h-150" />}>
        {(answer) => <PolicyForm answer={answer} />}
      </QueryView>
    </Panel>
  );
}

/** Numbers as they are typed; the server validates them, and its bounds are shown beside each. */
type Typed = Record<PolicyNumber, string> & Record<PolicySwitch, boolean>;

function typedOf(policy: Policy): Typed {
  const fields = Object.entries(policy).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ]);
  return Object.fromEntries(fields) as Typed;
}

function isSame(one: Typed, other: Typed): boolean {
  return (Object.keys(other) as (keyof Typed)[]).every((name) => one[name] === other[name]);
}

function PolicyForm({ answer }: { answer: PolicyAnswer }) {
  const [typed, setTyped] = useState(() => typedOf(answer.policy));
  const queries = useQueryClient();
  const tell = useToast();
  const save = useAction(async () => {
    const fields = Object.entries(typed).map(([name, value]) => [
      name,
      typeof value === 'string' ? Number(value) : value,
    ]);
    const saved = await ask(api.PUT('/api/policy', { body: Object.fromEntries(fields) as Policy }));
    setTyped(typedOf(saved.policy));
    queries.setQueryData(policyQuery.queryKey, saved);
    tell('The policy is saved. It holds from the next attempt on.');
  });
  const refused = save.error instanceof Problem ? save.error : null;
  const form = useFirstWrong(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  return (
    <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
      <ErrorSummary error={(refused?.errors.length ?? 0) > 0 ? null : save.error} />
      {(Object.keys(NUMBERS) as PolicyNumber[]).map((name) => {
        const { label, unit, hint } = NUMBERS[name];
        const { from, to } = answer.allowed[name];
        return (
          <Field
            key={name}
            label={<PolicyLabel label={label} field={name} />}
            error={refused?.of(name) && `${label} ${refused.of(name)}.`}
            hint={`${hint} From ${from} to ${to}; usually ${answer.defaults[name]}.`}
          >
            {(wiring) => (
              <span className="flex items-center gap-2">
                <TextInput
                  {...wiring}
                  inputMode="numeric"
                  autoComplete="off"
                  className="max-w-28 font-mono"
                  value={typed[name]}
                  onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
                />
                <span className="text-14 text-muted">{unit}</span>
              </span>
            )}
          </Field>
        );
      })}
      {SWITCH_NAMES.map((name) => (
        <Checkbox
          key={name}
          label={<PolicyLabel label={SWITCHES[name].label} field={name} />}
          hint={SWITCHES[name].hint}
          checked={typed[name]}
          onChange={(event) => setTyped({ ...typed, [name]: event.target.checked })}
        />
      ))}
      <Unsaved when={!isSame(typed, typedOf(answer.policy))} what="the policy" />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.pending && 'Saving…'}>
          Save
        </Button>
        <Button onClick={() => setTyped(typedOf(answer.defaults))}>Fill in the defaults</Button>
      </div>
    </form>
  );
}

/** The API's name is shown beside it, for readers of the documentation. */
function PolicyLabel({ label, field }: { label: string; field: keyof Policy }) {
  return (
    <>
      {label} <code className="text-12 font-normal text-muted">{field}</code>
    </>
  );
}
