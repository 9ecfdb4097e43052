import { useState } from 'react';
import { useAccount } from './account.ts';
import { filterOf, type LogFilter } from './log-filter.ts';
import { useMode } from './mode.ts';
import { logsSearch } from './searches.ts';

/** Filters of the log under a name, kept in this browser for one half of an account. */
export interface SavedView {
  readonly name: string;
  readonly filter: LogFilter;
}

export interface SavedViews {
  readonly views: readonly SavedView[];
  /** In the place of one that has the name. */
  save: (view: SavedView) => void;
  remove: (name: string) => void;
}

export const MAX_NAME = 60;

export function useSavedViews(): SavedViews {
  const place = `kanda-log-views:${useAccount().userId}:${useMode()}`;
  const [views, setViews] = useState<readonly SavedView[]>(() => stored(place));
  const keep = (next: readonly SavedView[]) => {
    setViews(next);
    try {
      localStorage.setItem(place, JSON.stringify(next));
    } catch {
      // They are there for this visit.
    }
  };
  // Another tab may have saved one meanwhile; where nothing can be kept, those of this visit are all.
  const others = (name: string) => {
    const kept = stored(place);
    return (kept.length > 0 ? kept : views).filter((each) => each.name !== name);
  };
  return {
    views,
    save: (view) =>
      keep([...others(view.name), view].sort((one, other) => one.name.localeCompare(other.name))),
    remove: (name) => keep(others(name)),
  };
}

function stored(place: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.flatMap(({ name, filter }: { name?: unknown; filter?: unknown }) =>
      typeof name === 'string' && typeof filter === 'object' && filter !== null
        ? { name: name.slice(0, MAX_NAME), filter: filterOf(logsSearch(filter as Record<string, unknown>)) }
        : [],
    );
  } catch {
    return [];
  }
}
