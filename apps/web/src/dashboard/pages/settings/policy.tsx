import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { t } from '../../../texts/settings.ts';
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
    get label() {
      return t.drift;
    },
    get unit() {
      return t.steps;
    },
    get hint() {
      return t.driftHint;
    },
  },
  freeFailures: {
    get label() {
      return t.freeFailures;
    },
    get unit() {
      return t.wrongCodes;
    },
    get hint() {
      return t.freeFailuresHint;
    },
  },
  firstDelaySeconds: {
    get label() {
      return t.firstDelay;
    },
    get unit() {
      return t.seconds;
    },
    get hint() {
      return t.firstDelayHint;
    },
  },
  maxDelaySeconds: {
    get label() {
      return t.longestDelay;
    },
    get unit() {
      return t.seconds;
    },
    get hint() {
      return t.longestDelayHint;
    },
  },
  dailyFailures: {
    get label() {
      return t.dailyFailures;
    },
    get unit() {
      return t.wrongCodes;
    },
    get hint() {
      return t.dailyFailuresHint;
    },
  },
  confirmSkew: {
    get label() {
      return t.confirmDrift;
    },
    get unit() {
      return t.steps;
    },
    get hint() {
      return t.confirmDriftHint;
    },
  },
  maxAuthenticators: {
    get label() {
      return t.authenticators;
    },
    get unit() {
      return t.forEachUser;
    },
    get hint() {
      return t.authenticatorsHint;
    },
  },
  lookAhead: {
    get label() {
      return t.lookAhead;
    },
    get unit() {
      return t.counters;
    },
    get hint() {
      return t.hotpHint;
    },
  },
};

const SWITCHES = {
  tellReplays: {
    get label() {
      return t.tellUsedBefore;
    },
    get hint() {
      return t.tellUsedBeforeHint;
    },
  },
  followDrift: {
    get label() {
      return t.followDrift;
    },
    get hint() {
      return t.followDriftHint;
    },
  },
  trustedDevices: {
    get label() {
      return t.trustBrowsers;
    },
    get hint() {
      return t.trustBrowsersHint;
    },
  },
} as const;
type PolicySwitch = keyof typeof SWITCHES;
const SWITCH_NAMES = Object.keys(SWITCHES) as PolicySwitch[];

export function PolicySettings() {
  const policy = useQuery({ ...policyQuery, refetchOnWindowFocus: false });
  return (
    <Panel title={t.howJudged}>
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
    tell(t.policySaved);
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
            hint={t.range(hint, from, to, answer.defaults[name])}
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
      <Unsaved when={!isSame(typed, typedOf(answer.policy))} what={t.thePolicy} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.pending && t.saving}>
          {t.save}
        </Button>
        <Button onClick={() => setTyped(typedOf(answer.defaults))}>{t.fillDefaults}</Button>
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
