import { getRouteApi } from '@tanstack/react-router';
import type { OverviewSearch, Range, Show } from './searches.ts';
import type { OwnRange } from './statistics.ts';

const route = getRouteApi('/dashboard/');

/** What the address of the overview asks for. */
export interface View {
  range: Range | OwnRange;
  show: Show;
  table: boolean;
}

export function useView(): View {
  return viewOf(route.useSearch());
}

function viewOf({ range = '24h', from, to, show = 'codes', table }: Partial<OverviewSearch>): View {
  return {
    range: from !== undefined && to !== undefined ? { from, to } : range,
    show,
    table: table === true,
  };
}

/** Changes a part of it. What is at its default is not in the address. */
export function useViewChange() {
  const navigate = route.useNavigate();
  return (change: Partial<View>, replace = false) =>
    void navigate({
      search: (before) => {
        const { range, show, table } = { ...viewOf(before), ...change };
        return {
          ...(typeof range === 'object' ? range : range === '24h' ? {} : { range }),
          ...(show === 'codes' ? {} : { show }),
          ...(table ? { table: true as const } : {}),
        } satisfies Partial<OverviewSearch>;
      },
      replace,
      resetScroll: false,
    });
}
