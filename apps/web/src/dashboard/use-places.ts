import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { loadSearch } from '../site/search-engine.ts';
import { api, ask } from './api.ts';
import { knownKeysQuery } from './key-names.ts';
import { useMode } from './mode.ts';
import { type Place, pagesFor } from './places.ts';
import { siteDataQuery } from './site-data.ts';

export interface Group {
  title: string;
  places: readonly Place[];
}

const MOST = 6;
/** The server lists the newest first, and those that only a label speaks for among them. */
const LOOKED_AT = 50;
/** The server is asked when typing pauses. */
const TYPED_AFTER_MS = 150;

/** What was typed leads to, in an order in which nothing comes in above what is there already. */
export function usePlaces(typed: string) {
  const words = useSettled(typed.trim());
  const mode = useMode();
  const asked = words !== '';
  const users = useQuery({
    queryKey: ['clients', 'go-to', words],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/totp/clients', { params: { query: { q: words, limit: LOOKED_AT } }, signal })),
    enabled: asked,
  });
  const keys = useQuery({ ...knownKeysQuery, enabled: asked });
  const site = useQuery({ ...siteDataQuery, enabled: asked });
  const documents = useQuery({
    queryKey: ['search-index'],
    queryFn: async () => ({ search: await loadSearch(site.data?.searchUrl ?? '') }),
    enabled: asked && site.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const searching = typed.trim() !== words || (asked && (users.isLoading || keys.isLoading));
  const test = mode === 'test' ? ' of the test half' : '';
  const groups: Group[] = [{ title: 'Pages', places: pagesFor(typed) }];
  // What comes later is below: Enter never leads to something that has just taken another one's place.
  if (asked && !searching) {
    groups.push({ title: `Users${test}`, places: usersFor(words, users.data?.data ?? []) });
    groups.push({ title: `API keys${test}`, places: keysFor(words, keys.data?.data ?? []) });
    groups.push({
      title: 'Documentation',
      places: documents.data?.search(words).found.slice(0, MOST).map(documentPlace) ?? [],
    });
  }
  return {
    groups: groups.filter(({ places }) => places.length > 0),
    searching: searching || (asked && (site.isLoading || documents.isLoading)),
    problems: [
      ['Users', users.error] as const,
      ['API keys', keys.error] as const,
      ['The documentation', site.error ?? documents.error] as const,
    ].flatMap(([what, error]) =>
      error === null || !asked ? [] : [`${what} could not be searched. ${error.message}`],
    ),
  };
}

/** `value`, once it has been the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** First the one with this very ID, then those that begin so. */
function usersFor(words: string, users: readonly { clientId: string; label: string }[]): Place[] {
  const wanted = words.toLowerCase();
  const rank = ({ clientId }: { clientId: string }) => {
    const id = clientId.toLowerCase();
    return id === wanted ? 0 : id.startsWith(wanted) ? 1 : 2;
  };
  return users
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, MOST)
    .map(userPlace);
}

function userPlace({ clientId, label }: { clientId: string; label: string }): Place {
  const href = `/dashboard/clients/${encodeURIComponent(clientId)}`;
  return { id: href, name: clientId, note: label, icon: 'clients', href };
}

function keysFor(words: string, keys: readonly { id: string; name: string }[]): Place[] {
  const wanted = words.toLowerCase();
  return keys
    .filter(({ id, name }) => name.toLowerCase().includes(wanted) || id.startsWith(wanted))
    .slice(0, MOST)
    .map(({ id, name }) => ({
      id: `key ${id}`,
      name,
      note: id.slice(0, 8),
      icon: 'keys',
      href: `/dashboard/keys/${id}`,
    }));
}

function documentPlace({
  id,
  title,
  heading,
  group,
}: {
  id: string;
  title: string;
  heading: string;
  group: string;
}): Place {
  const note = heading === '' ? group : heading;
  return { id, name: title, note, icon: 'docs', href: id, isDocument: true };
}
