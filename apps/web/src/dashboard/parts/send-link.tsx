import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { t } from '../../texts/links.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field, NativeSelect, Radio, TextInput } from '../../ui/field.tsx';
import { ExactTime } from '../../ui/time.tsx';
import { useAction } from '../action.ts';
import { api, ask, type NewLink, Problem } from '../api.ts';
import { ClientIdText } from './client-id-text.tsx';
import { ErrorSummary } from './error-summary.tsx';
import { LANGUAGES, type Language, LIVES, PURPOSE_WORDS, type Purpose } from './link-words.ts';
import { ShownOnce } from './shown-once.tsx';

interface SendLinkProps {
  /** Empty: the form asks for it. */
  clientId: string;
  /** What the link can be for; the first one is chosen. */
  purposes: readonly [Purpose, ...Purpose[]];
  onClose: () => void;
}

interface Wanted {
  clientId: string;
  purpose: Purpose;
  label: string;
  issuer: string;
  ttl: number;
  locale: Language | '';
}

/** Asks what the link is for, then shows it once. */
export function SendLink({ clientId, purposes, onClose }: SendLinkProps) {
  const [wanted, setWanted] = useState<Wanted>({
    clientId,
    purpose: purposes[0],
    label: '',
    issuer: '',
    ttl: 86_400,
    locale: '',
  });
  const [made, setMade] = useState<NewLink | null>(null);
  const queries = useQueryClient();
  const make = useAction(async () => {
    setMade(await ask(api.POST('/api/totp/links', { body: bodyOf(wanted) })));
    await queries.invalidateQueries();
  });
  if (made !== null) return <LinkOnce made={made} wanted={wanted} onDone={onClose} />;
  return (
    <Dialog open title={t.sendLink} onClose={onClose}>
      <LinkForm
        wanted={wanted}
        set={(change) => setWanted({ ...wanted, ...change })}
        asksForClient={clientId === ''}
        purposes={purposes}
        error={make.error}
        busy={make.pending}
        onCancel={onClose}
        onMake={() => void make.run()}
      />
    </Dialog>
  );
}

function bodyOf({ clientId, purpose, label, issuer, ttl, locale }: Wanted) {
  const names = {
    ...(label.trim() === '' ? {} : { label: label.trim() }),
    ...(issuer.trim() === '' ? {} : { issuer: issuer.trim() }),
  };
  return {
    clientId,
    purpose,
    ttl,
    ...(purpose === 'enrol' ? names : {}),
    ...(locale === '' ? {} : { locale }),
  };
}

interface LinkFormProps {
  wanted: Wanted;
  set: (change: Partial<Wanted>) => void;
  asksForClient: boolean;
  purposes: readonly Purpose[];
  error: unknown;
  busy: boolean;
  onCancel: () => void;
  onMake: () => void;
}

function LinkForm({ wanted, set, asksForClient, purposes, error, busy, onCancel, onMake }: LinkFormProps) {
  const refused = error instanceof Problem ? error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onMake();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <ErrorSummary error={(refused?.errors.length ?? 0) > 0 ? null : error} />
      <PurposeFields purposes={purposes} purpose={wanted.purpose} onChange={(purpose) => set({ purpose })} />
      {asksForClient && (
        <Field label={t.userId} hint={t.userIdHint} error={refused?.of('clientId')}>
          {(wiring) => (
            <TextInput
              {...wiring}
              required
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              placeholder="user-123"
              className="font-mono"
              value={wanted.clientId}
              onChange={({ target }) => set({ clientId: target.value })}
            />
          )}
        </Field>
      )}
      {wanted.purpose === 'enrol' && <NameFields wanted={wanted} set={set} refused={refused} />}
      <Field label={t.itEnds} hint={t.itEndsHint}>
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={wanted.ttl}
            onChange={({ target }) => set({ ttl: Number(target.value) })}
          >
            {LIVES.map(({ seconds, words }) => (
              <option key={seconds} value={seconds}>
                {words}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <LanguageField locale={wanted.locale} onChange={(locale) => set({ locale })} />
      <DialogActions>
        <Button onClick={onCancel}>{t.cancel}</Button>
        <Button type="submit" look="primary" busy={busy && t.making}>
          {t.makeLink}
        </Button>
      </DialogActions>
    </form>
  );
}

/** Nothing where there is no choice. */
function PurposeFields({
  purposes,
  purpose,
  onChange,
}: {
  purposes: readonly Purpose[];
  purpose: Purpose;
  onChange: (purpose: Purpose) => void;
}) {
  if (purposes.length === 1) return <p className="text-14">{PURPOSE_WORDS[purpose].text}</p>;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-14 font-semibold">{t.whatFor}</legend>
      {purposes.map((one) => (
        <Radio
          key={one}
          name="purpose"
          label={PURPOSE_WORDS[one].title}
          hint={PURPOSE_WORDS[one].text}
          checked={one === purpose}
          onChange={() => onChange(one)}
        />
      ))}
    </fieldset>
  );
}

interface NameFieldsProps {
  wanted: Wanted;
  set: (change: Partial<Wanted>) => void;
  refused: Problem | null;
}

function NameFields({ wanted, set, refused }: NameFieldsProps) {
  return (
    <>
      <Field label={t.label} hint={t.labelHint} error={refused?.of('label')}>
        {(wiring) => (
          <TextInput
            {...wiring}
            autoComplete="off"
            placeholder="alice@example.com"
            value={wanted.label}
            onChange={({ target }) => set({ label: target.value })}
          />
        )}
      </Field>
      <Field label={t.issuer} hint={t.issuerHint} error={refused?.of('issuer')}>
        {(wiring) => (
          <TextInput
            {...wiring}
            autoComplete="off"
            placeholder="MyApp"
            value={wanted.issuer}
            onChange={({ target }) => set({ issuer: target.value })}
          />
        )}
      </Field>
    </>
  );
}

function LanguageField({
  locale,
  onChange,
}: {
  locale: Language | '';
  onChange: (locale: Language | '') => void;
}) {
  return (
    <Field label={t.language}>
      {(wiring) => (
        <NativeSelect
          {...wiring}
          value={locale}
          onChange={({ target }) => onChange(target.value as Language | '')}
        >
          <option value="">{t.browserLanguage}</option>
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

function LinkOnce({ made, wanted, onDone }: { made: NewLink; wanted: Wanted; onDone: () => void }) {
  const url = useRef<HTMLElement>(null);
  return (
    <ShownOnce shape="medium" title={t.yourNewLink} what={t.theLink} tick={t.copiedLink} onDone={onDone}>
      <p className="mb-3 text-14">
        {t.sendToUser(<ClientIdText clientId={wanted.clientId} wraps />, <ExactTime at={made.expiresAt} />)}
      </p>
      <code
        ref={url}
        data-shown-once
        className="block rounded-control bg-sunken px-3 py-2.5 font-mono text-14 break-all"
      >
        {made.url}
      </code>
      <div className="mt-3">
        <CopyButton text={made.url} label={t.copyLink} source={url} look="primary" />
      </div>
    </ShownOnce>
  );
}
