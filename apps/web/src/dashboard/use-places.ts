import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { loadSearch } from '../site/search-engine.ts';
import { t } from '../texts/shell.ts';
import { useAccount } from './account.ts';
import { api, ask, type Client, Problem } from './api.ts';
import { knownKeysQuery } from './key-names.ts';
import { clientIdProblem } from './log-filter.ts';
import { useMode } from './mode.ts';
import { type Place, pagesFor } from './places.ts';
import { siteDataQuery } from './site-data.ts';
import { untilFound } from './until-found.ts';

export interface Group {
  title: string;
  places: readonly Place[];
}

type User = Pick<Client, 'clientId' | 'label'>;

const MOST = 6;
/** The server lists the newest first, and those that only a label speaks for among them. */
const LOOKED_AT = 50;
/** The server is asked when typing pauses. */
const TYPED_AFTER_MS = 150;

/** What was typed leads to, in an order in which nothing comes in above what is there already. */
export function usePlaces(typed: string) {
  const words = useSettled(typed.trim());
  const mode = useMode();
  const { operator } = useAccount();
  const asked = words !== '';
  const users = useQuery({
    queryKey: ['clients', 'go-to', words],
    queryFn: ({ signal }) =>
      untilFound(
        (cursor) =>
          ask(
            api.GET('/api/totp/clients', {
              params: { query: { q: words, limit: LOOKED_AT, ...(cursor === null ? {} : { cursor }) } },
              signal,
            }),
          ),
        null,
        signal,
      ),
    enabled: asked,
  });
  // Among many that contain the words, the one with this very ID may be older than all that the page has.
  const isPart = users.data !== undefined && users.data.nextCursor !== null;
  const isThere = users.data?.data.some(({ clientId }) => clientId === words) === true;
  const exact = useQuery({
    queryKey: ['clients', 'go-to-exact', words],
    queryFn: ({ signal }) => userWithId(words, signal),
    enabled: asked && isPart && !isThere,
  });
  const keys = useQuery({ ...knownKeysQuery, enabled: asked });
  const site = useQuery({ ...siteDataQuery, enabled: asked });
  const documents = useQuery({
    queryKey: ['search-index'],
    queryFn: async () => ({ search: await loadSearch(site.data?.searchUrl ?? '') }),
    enabled: asked && site.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const searching =
    typed.trim() !== words || (asked && (users.isLoading || exact.isLoading || keys.isLoading));
  const test = mode === 'test' ? t.ofTestHalf : '';
  const groups: Group[] = [{ title: t.pages, places: pagesFor(typed, operator === true) }];
  // What comes later is below: Enter never leads to something that has just taken another one's place.
  if (asked && !searching) {
    groups.push({
      title: `Users${test}`,
      places: usersFor(words, [...(exact.data ?? []), ...(users.data?.data ?? [])]),
    });
    groups.push({ title: t.apiKeysOf(test), places: keysFor(words, keys.data?.data ?? []) });
    groups.push({
      title: t.documentation,
      places: documents.data?.search(words).found.slice(0, MOST).map(documentPlace) ?? [],
    });
  }
  return {
    groups: groups.filter(({ places }) => places.length > 0),
    searching: searching || (asked && (site.isLoading || documents.isLoading)),
    problems: [
      [t.users, users.error ?? exact.error] as const,
      [t.apiKeys, keys.error] as const,
      [t.theDocumentation, site.error ?? documents.error] as const,
    ].flatMap(([what, error]) => (error === null || !asked ? [] : [t.notSearched(what, error.message)])),
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

/** The user with this ID, if there is one: what cannot be an ID is refused as malformed. */
async function userWithId(clientId: string, signal: AbortSignal): Promise<User[]> {
  if (clientIdProblem(clientId) !== null) return [];
  try {
    return [await ask(api.GET('/api/totp/clients/{clientId}', { params: { path: { clientId } }, signal }))];
  } catch (error) {
    if (error instanceof Problem && [404, 400].includes(error.status)) return [];
    throw error;
  }
}

/** First the one with this very ID, then those that begin so. */
function usersFor(words: string, users: readonly User[]): Place[] {
  const wanted = words.toLowerCase();
  const rank = ({ clientId }: { clientId: string }) => {
    const id = clientId.toLowerCase();
    return id === wanted ? 0 : id.startsWith(wanted) ? 1 : 2;
  };
  const once = users.filter((user, at) => users.findIndex((each) => each.clientId === user.clientId) === at);
  return once
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, MOST)
    .map(userPlace);
}

function userPlace({ clientId, label }: User): Place {
  const href = `/dashboard/clients/${encodeURIComponent(clientId)}`;
  return { id: href, name: clientId, note: label, icon: 'clients', href };
}

function keysFor(words: string, keys: readonly { id: string; name: string }[]): Place[] {
  const wanted = words.toLowerCase();
  return keys
    .filter(({ id, name }) => name.toLowerCase().includes(wanted) || id.startsWith(wanted))
    .slice(0, MOST)
    .map(({ id, name }) => {
      const href = `/dashboard/keys/${id}`;
      return { id: href, name, note: id.slice(0, 8), icon: 'keys', href };
    });
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
