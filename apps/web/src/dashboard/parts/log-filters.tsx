import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/log.ts';
import { Button } from '../../ui/button.tsx';
import { Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { fromLocalField, toLocalField } from '../../ui/zoned-time.ts';
import { EVENT_NAMES, eventWords, isEventName } from '../event-words.ts';
import { clientIdProblem, LISTS, listProblem, typedFilters } from '../log-filter.ts';
import { useLogView } from '../log-view.ts';
import type { LogsSearch } from '../searches.ts';
import { TypedFilter } from './typed-filter.tsx';

const route = getRouteApi('/dashboard/logs');

type Change = { [Name in keyof LogsSearch]?: LogsSearch[Name] | undefined };

/** Those that are folded away until they are wanted, or one of them is set. */
const FURTHER = [...LISTS, 'clientIdPrefix', 'from', 'to'] as const;
const ALL = ['q', 'event', 'outcome', 'clientId', ...FURTHER] as const;

/** What is picked is an entry of the history; what is typed replaces the entry when the typing rests. */
export function LogFilters({ search }: { search: Partial<LogsSearch> }) {
  const navigate = route.useNavigate();
  const set = (change: Change, replace = false) =>
    void navigate({
      search: (before) => {
        const next = { ...before, ...change };
        return Object.fromEntries(
          Object.entries(next).filter(([, value]) => value !== undefined && value !== ''),
        ) as Partial<LogsSearch>;
      },
      replace,
      resetScroll: false,
    });
  const isSet = (names: readonly (keyof LogsSearch)[]) => names.some((name) => search[name] !== undefined);
  const [unfolded, setUnfolded] = useState(false);
  const more = unfolded || isSet(FURTHER);
  const narrow = more || isSet(['clientId']) ? '' : 'max-sm:hidden';
  return (
    <search className="mb-4 flex flex-col gap-3">
      <div className="grid grid-cols-1 gap-3 min-[400px]:grid-cols-2 lg:grid-cols-[1.6fr_1fr_1fr_1.3fr]">
        <TypedFilter
          label={t.search}
          className="min-[400px]:col-span-2 lg:col-span-1"
          placeholder={t.searchPlaceholder}
          value={search.q ?? ''}
          onChange={(text) => {
            // What names a filter waits for Enter: half of it is no text to look for.
            const one = text.replace(/\s+/g, ' ');
            if (one === '' || typedFilters(one).q === one) set({ q: one }, true);
          }}
          onEnter={(text) => {
            const { q, ...named } = typedFilters(text);
            set({ q, ...named });
            return q ?? '';
          }}
        />
        <Picked search={search} set={set} />
        <TypedFilter
          label={t.userId}
          className={`max-lg:min-[400px]:col-span-2 ${narrow}`}
          mono
          placeholder={t.userIdPlaceholder}
          value={search.clientId ?? ''}
          problemOf={clientIdProblem}
          onChange={(clientId) => set({ clientId }, true)}
        />
      </div>
      {more && <Further search={search} set={set} />}
      <div className="flex flex-wrap gap-2">
        {!isSet(FURTHER) && (
          <Button look="quiet" className="-ml-4" aria-expanded={more} onClick={() => setUnfolded(!unfolded)}>
            {more ? t.fewerFilters : t.moreFilters}
          </Button>
        )}
        {isSet(ALL) && (
          <Button
            look="quiet"
            className={isSet(FURTHER) ? '-ml-4' : ''}
            onClick={() => set(Object.fromEntries(ALL.map((name) => [name, undefined])))}
          >
            {t.clearAll}
          </Button>
        )}
      </div>
    </search>
  );
}

interface PartProps {
  search: Partial<LogsSearch>;
  set: (change: Change, replace?: boolean) => void;
}

function Picked({ search, set }: PartProps) {
  return (
    <>
      <Field label={t.event}>
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={search.event ?? ''}
            onChange={({ target }) => set({ event: isEventName(target.value) ? target.value : undefined })}
          >
            <option value="">{t.anyEvent}</option>
            {EVENT_NAMES.map((name) => (
              <option key={name} value={name}>
                {eventWords(name)}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <Field label={t.outcome}>
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={search.outcome ?? ''}
            onChange={({ target: { value } }) =>
              set({ outcome: value === 'success' || value === 'failure' ? value : undefined })
            }
          >
            <option value="">{t.anyOutcome}</option>
            <option value="success">{t.success}</option>
            <option value="failure">{t.failure}</option>
          </NativeSelect>
        )}
      </Field>
    </>
  );
}

const listFields = () =>
  [
    ['reason', t.reason, 'invalid_code,locked'],
    ['actor', t.by, 'key:*'],
    ['ip', t.address, '192.0.2.0/24'],
    ['events', t.kinds, 'client.*,key.created'],
  ] as const;

function Further({ search, set }: PartProps) {
  const { zone } = useLogView();
  return (
    <fieldset>
      <legend className="sr-only">{t.furtherFilters}</legend>
      <div className="grid grid-cols-1 gap-3 min-[400px]:grid-cols-2 lg:grid-cols-4">
        {listFields().map(([name, label, placeholder]) => (
          <TypedFilter
            key={name}
            label={label}
            mono
            placeholder={placeholder}
            value={search[name] ?? ''}
            problemOf={(text) => listProblem(name, text)}
            onChange={(text) => set({ [name]: text }, true)}
          />
        ))}
        <TypedFilter
          label={t.idBegins}
          mono
          placeholder="user-"
          value={search.clientIdPrefix ?? ''}
          onChange={(clientIdPrefix) => set({ clientIdPrefix }, true)}
        />
        <Field label={t.from}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="datetime-local"
              value={toLocalField(search.from, zone)}
              onChange={({ target }) => set({ from: fromLocalField(target.value, zone) })}
            />
          )}
        </Field>
        <Field label={t.to}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="datetime-local"
              value={toLocalField(search.to, zone)}
              onChange={({ target }) => set({ to: fromLocalField(target.value, zone), live: undefined })}
            />
          )}
        </Field>
      </div>
      <p className="mt-2 text-14 text-muted">
        {t.listsHint((words) => (
          <code>{words}</code>
        ))}
      </p>
    </fieldset>
  );
}
