import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { t } from '../../texts/keys.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { useFirstWrong } from '../../ui/first-wrong.ts';
import { useNow } from '../../ui/time.tsx';
import { dateOnly } from '../../ui/time-words.ts';
import { logInAgain, useAccount } from '../account.ts';
import { useAction } from '../action.ts';
import { api, ask, type NewApiKey, needsLogIn, Problem, type Scope } from '../api.ts';
import { curlOf } from '../curl.ts';
import { SCOPES, scopeWords } from '../event-words.ts';
import { noteMadeKey } from '../made-key.ts';
import { useMode } from '../mode.ts';
import { ErrorSummary } from './error-summary.tsx';
import { LogInAgain } from './log-in-again.tsx';
import type { ProofOfSelf } from './proof-fields.tsx';
import { ShownOnce } from './shown-once.tsx';

const DAY_MS = 86_400_000;
const USUAL: readonly Scope[] = ['totp:validate', 'totp:write', 'totp:read', 'logs:read'];
/** So long before its end the server writes `key.expiring`; not for keys that are made for less. */
const NOTICE_DAYS = 14;
/** `days` 0: it has no end. */
const LIVES = [
  {
    days: 30,
    get words() {
      return t.afterDays(30);
    },
  },
  {
    days: 90,
    get words() {
      return t.afterDays(90);
    },
  },
  {
    days: 365,
    get words() {
      return t.afterYear;
    },
  },
  {
    days: 0,
    get words() {
      return t.never;
    },
  },
] as const;

/** Asks what the key is for, then shows it once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewApiKey | null>(null);
  const queries = useQueryClient();
  const mode = useMode();
  if (made !== null) return <KeyOnce made={made} onDone={onClose} />;
  return (
    <Dialog open title={mode === 'test' ? t.newTestKey : t.newApiKey} onClose={onClose}>
      <KeyForm
        onCancel={onClose}
        onMade={(key) => {
          setMade(key);
          noteMadeKey(key);
          void queries.invalidateQueries();
        }}
      />
    </Dialog>
  );
}

function KeyForm({ onCancel, onMade }: { onCancel: () => void; onMade: (key: NewApiKey) => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(USUAL);
  // As the API has it: a key that ends by itself stops every login that needs it.
  const [days, setDays] = useState<number>(0);
  const { make, ...again } = useMaking({ name, scopes, days }, onMade);
  const nameError = make.error instanceof Problem ? make.error.of('name') : null;
  const form = useFirstWrong(make.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make.run();
  };
  return (
    <>
      <form ref={form} onSubmit={submit} className="flex flex-col gap-5">
        <ErrorSummary error={nameError === null ? make.error : null} />
        <Field label={t.name} hint={t.nameHint} error={nameError}>
          {(wiring) => (
            <TextInput
              {...wiring}
              required
              maxLength={128}
              autoComplete="off"
              placeholder={t.namePlaceholder}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <ScopeFields scopes={scopes} onChange={setScopes} />
        <Field label={t.itEnds} hint={<WhatThen days={days} />}>
          {(wiring) => (
            <NativeSelect {...wiring} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {LIVES.map((life) => (
                <option key={life.days} value={life.days}>
                  {life.words}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <DialogActions>
          <Button onClick={onCancel}>{t.cancel}</Button>
          <Button type="submit" look="primary" disabled={scopes.length === 0} busy={make.pending && t.making}>
            {t.makeKey}
          </Button>
        </DialogActions>
      </form>
      <LogInAgain {...again} action={t.signInAndMake} />
    </>
  );
}

interface Wanted {
  name: string;
  scopes: readonly Scope[];
  days: number;
}

/** Makes a key; for one that can export, the server asks for a log-in that is not old. */
function useMaking({ name, scopes, days }: Wanted, onMade: (key: NewApiKey) => void) {
  const { email } = useAccount();
  const [open, setOpen] = useState(false);
  const make = useAction(async () => {
    const expiresAt = days === 0 ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() };
    try {
      onMade(await ask(api.POST('/api/keys', { body: { name, scopes: [...scopes], ...expiresAt } })));
    } catch (error) {
      if (!needsLogIn(error)) throw error;
      setOpen(true);
    }
  });
  const run = useAction(async (proof: ProofOfSelf) => {
    await logInAgain({ email, ...proof });
    setOpen(false);
    void make.run();
  });
  const onClose = () => {
    run.reset();
    setOpen(false);
  };
  return { make, open, email, run, onClose };
}

function ScopeFields({
  scopes,
  onChange,
}: {
  scopes: readonly Scope[];
  onChange: (scopes: readonly Scope[]) => void;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-14 font-semibold">{t.itMay}</legend>
      {SCOPES.map((scope) => (
        <Checkbox
          key={scope}
          label={scopeWords(scope).title}
          hint={scopeWords(scope).text}
          checked={scopes.includes(scope)}
          onChange={({ target }) =>
            onChange(target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
          }
        />
      ))}
    </fieldset>
  );
}

function WhatThen({ days }: { days: number }) {
  const now = useNow();
  return days === 0
    ? t.worksUntilRevoked
    : t.endsFrom(dateOnly(now + days * DAY_MS), days > NOTICE_DAYS ? t.notice(NOTICE_DAYS) : '');
}

function KeyOnce({ made, onDone }: { made: NewApiKey; onDone: () => void }) {
  const key = useRef<HTMLElement>(null);
  return (
    <ShownOnce shape="medium" title={t.yourNewKey} what={t.theKey} tick={t.savedKey} onDone={onDone}>
      <p className="mb-3 text-14">
        {t.thisIs(<bdi className="font-semibold [overflow-wrap:anywhere]">{made.name}</bdi>)}
        {made.expiresAt === null ? t.whenRevoked : t.onDate(dateOnly(Date.parse(made.expiresAt)))}.
      </p>
      <code
        ref={key}
        data-shown-once
        className="block rounded-control bg-sunken px-3 py-2.5 font-mono text-14 break-all"
      >
        {made.apiKey}
      </code>
      <div className="mt-3 mb-5">
        <CopyButton text={made.apiKey} label={t.copyKey} source={key} look="primary" />
      </div>
      <p className="mb-2 text-14 font-semibold">{t.tryIt}</p>
      <CodeBlock text={firstCall(made)} label={t.firstCall} copy={t.copyCall} />
    </ShownOnce>
  );
}

/** A call that this key may make, and that answers without anything having been enrolled where that can be. */
function firstCall({ apiKey, scopes }: NewApiKey): string {
  const { origin } = location;
  if (scopes.includes('totp:write')) {
    const body = { clientId: 'user-123', label: 'alice@example.com', issuer: 'MyApp' };
    return curlOf({
      method: 'POST',
      url: `${origin}/api/totp/register`,
      bearer: apiKey,
      body: JSON.stringify(body),
    });
  }
  if (scopes.includes('totp:validate')) {
    const body = JSON.stringify({ clientId: 'user-123', token: '123456' });
    return curlOf({ method: 'POST', url: `${origin}/api/totp/validate`, bearer: apiKey, body });
  }
  return curlOf({ method: 'GET', url: `${origin}/api/auth/me`, bearer: apiKey, body: null });
}
