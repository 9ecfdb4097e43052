import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useState } from 'react';
import { t } from '../../../texts/settings.ts';
import { Button } from '../../../ui/button.tsx';
import { Field, TextArea, TextInput } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { useToast } from '../../../ui/toast.tsx';
import { useAction } from '../../action.ts';
import { api, ask, type HostedPages, Problem } from '../../api.ts';
import { contrastWithWhite, READABLE } from '../../contrast.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { QueryView } from '../../parts/query-view.tsx';

const QUERY = {
  queryKey: ['hosted-pages'],
  queryFn: () => ask(api.GET('/api/hosted-pages')),
  refetchOnWindowFocus: false,
};
/** Kanda's own accent, which pages have until another one is chosen. */
const PLAIN_ACCENT = '#13607e';
const MAX_LOGO_BYTES = 64 * 1024;

/** How the pages look on which users follow a link, and where they may go on to. */
export function HostedPagesSettings() {
  const pages = useQuery(QUERY);
  return (
    <Panel title={t.linkPages}>
      <QueryView query={pages} skeleton={<Skeleton className="m-5 h-100" />}>
        {(saved) => <PagesForm saved={saved} />}
      </QueryView>
    </Panel>
  );
}

interface Typed {
  name: string;
  accent: string;
  logo: string | null;
  /** One a line. */
  origins: string;
}

function typedOf({ name, accent, logo, returnOrigins }: HostedPages): Typed {
  return { name: name ?? '', accent: accent ?? '', logo, origins: returnOrigins.join('\n') };
}

function bodyOf({ name, accent, logo, origins }: Typed): HostedPages {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  return { name: orNull(name), accent: orNull(accent), logo, returnOrigins: linesOf(origins) };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

function PagesForm({ saved }: { saved: HostedPages }) {
  const [typed, setTyped] = useState(() => typedOf(saved));
  const [logoError, setLogoError] = useState<string | null>(null);
  const queries = useQueryClient();
  const tell = useToast();
  const save = useAction(async () => {
    const next = await ask(api.PUT('/api/hosted-pages', { body: bodyOf(typed) }));
    setTyped(typedOf(next));
    queries.setQueryData(QUERY.queryKey, next);
    tell(t.pagesSaved);
  });
  const refused = save.error instanceof Problem ? save.error : null;
  const set = (change: Partial<Typed>) => setTyped({ ...typed, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  const choose = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (file === undefined) return;
    const read = await readLogo(file);
    setLogoError('problem' in read ? read.problem : null);
    if ('logo' in read) set(read);
    target.value = '';
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
      <ErrorSummary error={(refused?.errors.length ?? 0) > 0 ? null : save.error} />
      <Field label={t.name} hint={t.pagesNameHint} error={refused?.of('name')}>
        {(wiring) => (
          <TextInput
            {...wiring}
            autoComplete="off"
            placeholder="MyApp"
            value={typed.name}
            onChange={({ target }) => set({ name: target.value })}
          />
        )}
      </Field>
      <LogoField
        logo={typed.logo}
        error={logoError ?? refused?.of('logo')}
        onChoose={choose}
        onRemove={() => set({ logo: null })}
      />
      <AccentField
        accent={typed.accent}
        error={refused?.of('accent')}
        onChange={(accent) => set({ accent })}
      />
      <OriginsField typed={typed} refused={refused} onChange={(origins) => set({ origins })} />
      <Button type="submit" look="primary" className="self-start" busy={save.pending && t.saving}>
        {t.save}
      </Button>
    </form>
  );
}

interface LogoFieldProps {
  logo: string | null;
  error: string | null | undefined;
  onChoose: (event: ChangeEvent<HTMLInputElement>) => Promise<void>;
  onRemove: () => void;
}

function LogoField({ logo, error, onChoose, onRemove }: LogoFieldProps) {
  return (
    <div className="flex flex-col gap-2">
      <Field label={t.logo} hint={t.logoHint} error={error}>
        {(wiring) => (
          <input
            {...wiring}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            className="min-h-control w-full text-14"
            onChange={(event) => void onChoose(event)}
          />
        )}
      </Field>
      {logo !== null && (
        <div className="flex items-center gap-3">
          <img src={logo} alt={t.theLogo} className="h-10 max-w-32 rounded-badge bg-white object-contain" />
          <Button onClick={onRemove}>{t.removeLogo}</Button>
        </div>
      )}
    </div>
  );
}

interface AccentFieldProps {
  accent: string;
  error: string | null | undefined;
  onChange: (accent: string) => void;
}

/** The colour, with how well white text is read on it. */
function AccentField({ accent, error, onChange }: AccentFieldProps) {
  const shown = accent === '' ? PLAIN_ACCENT : accent;
  const contrast = contrastWithWhite(shown);
  return (
    <div className="flex flex-col gap-2">
      <Field label={t.accent} hint={t.accentHint} error={error}>
        {(wiring) => (
          <span className="flex items-center gap-2">
            <TextInput
              {...wiring}
              autoComplete="off"
              spellCheck={false}
              placeholder={PLAIN_ACCENT}
              className="max-w-32 font-mono"
              value={accent}
              onChange={({ target }) => onChange(target.value)}
            />
            <input
              type="color"
              aria-label={t.pickAccent}
              className="h-control w-12 cursor-pointer"
              value={contrast === null ? PLAIN_ACCENT : shown.toLowerCase()}
              onChange={({ target }) => onChange(target.value)}
            />
          </span>
        )}
      </Field>
      <p role="status" className="flex flex-wrap items-center gap-3 text-14">
        {contrast === null ? (
          t.noColour
        ) : (
          <>
            <span
              aria-hidden
              className="rounded-control px-3 py-1.5 font-semibold"
              style={{ background: shown, color: contrast < READABLE ? '#000' : '#fff' }}
            >
              Aa
            </span>
            {contrastWords(contrast)}
          </>
        )}
      </p>
    </div>
  );
}

function contrastWords(contrast: number): string {
  // Rounded down, so that no colour looks good enough that is not.
  const shown = (Math.floor(contrast * 10) / 10).toFixed(1);
  return contrast < READABLE ? t.contrastTooLight(shown) : t.contrastReadable(shown);
}

interface OriginsFieldProps {
  typed: Typed;
  refused: Problem | null;
  onChange: (origins: string) => void;
}

function OriginsField({ typed, refused, onChange }: OriginsFieldProps) {
  return (
    <Field label={t.returnOrigins} hint={t.returnOriginsHint} error={originError(typed.origins, refused)}>
      {(wiring) => (
        <TextArea
          {...wiring}
          rows={3}
          autoCapitalize="off"
          spellCheck={false}
          value={typed.origins}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** The server names the line by its place in the list. */
function originError(origins: string, refused: Problem | null): string | null {
  const found = refused?.errors.find(({ path }) => path.startsWith('/returnOrigins'));
  if (found === undefined) return null;
  const line = linesOf(origins)[Number(/\/(\d+)$/.exec(found.path)?.[1])];
  return `${line ?? t.theList} ${found.message}.`;
}

async function readLogo(file: File): Promise<{ logo: string } | { problem: string }> {
  if (!['image/png', 'image/jpeg', 'image/webp'].includes(file.type)) {
    return { problem: t.noPicture };
  }
  if (file.size > MAX_LOGO_BYTES) return { problem: t.moreThan64 };
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ logo: String(reader.result) });
    reader.onerror = () => resolve({ problem: t.cannotReadFile });
    reader.readAsDataURL(file);
  });
}
