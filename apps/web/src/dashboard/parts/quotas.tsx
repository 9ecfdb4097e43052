import { t } from '../../texts/server.ts';
import { numberWords } from '../../ui/formats.ts';
import { Panel } from '../../ui/panel.tsx';
import { sizeWords } from '../../ui/size-words.ts';
import type { Statistics } from '../statistics.ts';

type Quotas = Statistics['quotas'];

const NAMES: Readonly<Record<keyof Quotas, string>> = {
  get clients() {
    return t.users;
  },
  get keys() {
    return t.apiKeys;
  },
  get events() {
    return t.eventsInDay;
  },
  get storage() {
    return t.storage;
  },
};

/** From here on a quota is shown as one that will be reached. */
const NEAR = 0.8;

/** How much of each quota the account uses; nothing where it has none. */
export function QuotaPanel({ quotas }: { quotas: Quotas | undefined }) {
  const rows = (Object.keys(NAMES) as (keyof Quotas)[]).flatMap((name) => {
    const quota = quotas?.[name];
    return quota === undefined || quota.limit === null
      ? []
      : [{ name, used: quota.used, limit: quota.limit }];
  });
  if (rows.length === 0) return null;
  return (
    <Panel title={t.quotas}>
      <dl className="divide-y divide-border border-t border-border">
        {rows.map(({ name, used, limit }) => (
          <div key={name} className="flex flex-wrap justify-between gap-x-4 px-4 py-3 text-14 sm:px-5">
            <dt className="text-muted">{NAMES[name]}</dt>
            <dd className={used >= limit * NEAR ? 'font-mono text-warning' : 'font-mono'}>
              {t.usedOf(amountOf(name, used), amountOf(name, limit))}
              {used >= limit ? t.usedUp : ''}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function amountOf(name: keyof Quotas, amount: number): string {
  if (name !== 'storage') return numberWords(amount);
  return sizeWords(amount);
}
