import { useQuery } from '@tanstack/react-query';
import { t } from '../../texts/log.ts';
import { counted } from '../../ui/time-words.ts';
import { exactTimeIn } from '../../ui/zoned-time.ts';
import { listEvents } from '../api.ts';
import { isFiltered, type LogFilter } from '../log-filter.ts';
import { useLogView } from '../log-view.ts';

interface LogTotalProps {
  filter: LogFilter;
  /** How far back the search got, if it gave up part of the way. */
  searchedTo: string | undefined;
}

/** How many events there are: "8 events", "about 1,200 events", and in which zone their times are. */
export function LogTotal({ filter, searchedTo }: LogTotalProps) {
  const { zone } = useLogView();
  const { data } = useQuery({
    queryKey: ['log-total', filter],
    queryFn: async () => (await listEvents({ ...filter, limit: 1, total: true })).total ?? null,
    staleTime: 30_000,
  });
  const words = data === undefined ? null : totalWords(data, isFiltered(filter));
  const reached = searchedTo && t.searchedBack(exactTimeIn(Date.parse(searchedTo), zone));
  const parts = [words, reached, zone && t.timesIn(zone)].filter(Boolean);
  return (
    // As high as its text before that is there, so that the table below holds still.
    <p role="status" className="mb-2 min-h-5 text-14 text-muted first-letter:uppercase">
      {parts.join(' · ')}
    </p>
  );
}

type Total = Awaited<ReturnType<typeof listEvents>>['total'];

function totalWords(total: Total, filtered: boolean): string {
  if (total === undefined || total === null) return t.tooFew;
  const { count, accuracy } = total;
  const events = counted(count, 'event');
  const all = filtered ? t.match(events, count) : events;
  return { exact: all, about: t.about(all), atLeast: t.orMore(all) }[accuracy];
}
