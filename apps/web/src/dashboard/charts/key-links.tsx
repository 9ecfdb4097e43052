import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../../texts/charts.ts';
import { knownKeysQuery } from '../key-names.ts';

const MOST = 5;

/** The same figures for one key: its page has them. The keys that were used last, and where the others are. */
export function KeyLinks() {
  const { data } = useQuery(knownKeysQuery);
  const used = (data?.data ?? [])
    .filter(({ lastUsedAt }) => lastUsedAt !== null)
    .sort((one, other) => Date.parse(other.lastUsedAt ?? '') - Date.parse(one.lastUsedAt ?? ''))
    .slice(0, MOST);
  if (used.length === 0) return null;
  return (
    <nav aria-label={t.byKey} className="text-14">
      <ul className="flex flex-wrap gap-x-3 gap-y-1">
        <li className="text-muted">{t.byKeyLead}</li>
        {used.map(({ id, name }) => (
          <li key={id} className="min-w-0 [overflow-wrap:anywhere]">
            <Link to="/dashboard/keys/$id" params={{ id }} className="text-accent underline">
              <bdi>{name}</bdi>
            </Link>
          </li>
        ))}
        <li>
          <Link to="/dashboard/keys" className="text-accent underline">
            {t.allKeys}
          </Link>
        </li>
      </ul>
    </nav>
  );
}
