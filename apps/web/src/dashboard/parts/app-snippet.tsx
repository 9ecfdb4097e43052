import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../../texts/start.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type Tab, Tabs } from '../../ui/tabs.tsx';
import { filledIn } from '../app-snippets.ts';
import { madeKey } from '../made-key.ts';
import { type SiteData, siteDataQuery } from '../site-data.ts';
import { QueryView } from './query-view.tsx';

/** The choice of the documentation's snippets: it goes along. */
const LANGUAGE = 'kanda-language';

/** What an application does with Kanda, in the reader's language and with the key that was made just now. */
export function AppSnippets() {
  const apiKey = madeKey();
  const data = useQuery(siteDataQuery);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-14 text-muted">
        {apiKey === null
          ? t.putKey(
              (words) => <code>{words}</code>,
              (words) => (
                <Link to="/dashboard/keys" search={{ new: true }} className="text-accent underline">
                  {words}
                </Link>
              ),
            )
          : t.madeKey}
      </p>
      <QueryView query={data} skeleton={<Skeleton className="h-96" />}>
        {({ programs }) => <Languages programs={programs} apiKey={apiKey} />}
      </QueryView>
    </div>
  );
}

interface LanguagesProps {
  programs: SiteData['programs'];
  apiKey: string | null;
}

function Languages({ programs, apiKey }: LanguagesProps) {
  const [first, ...rest] = programs.map(({ id, name, text }): Tab => {
    const { shown, whole } = filledIn(text, apiKey);
    return {
      value: id,
      label: name,
      content: <CodeBlock text={whole} shown={shown} label={t.kandaIn(name)} copy={t.copyCode} />,
    };
  });
  if (first === undefined) return null;
  const known = programs.find(({ id }) => id === storedLanguage());
  return (
    <Tabs
      label={t.language}
      tabs={[first, ...rest]}
      {...(known === undefined ? {} : { initial: known.id })}
      onPick={keepLanguage}
    />
  );
}

function storedLanguage(): string | null {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch {
    return null;
  }
}

function keepLanguage(language: string): void {
  try {
    localStorage.setItem(LANGUAGE, language);
  } catch {
    // Storage is closed: the choice lasts until the page is left.
  }
}
