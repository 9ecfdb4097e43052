import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { EVENT_NAMES, eventWords, isEventName } from '../event-words.ts';
import { clientIdProblem, fromLocalField, toLocalField } from '../log-filter.ts';
import type { LogsSearch } from '../searches.ts';

const route = getRouteApi('/dashboard/logs');
const TYPED_AFTER_MS = 300;

/** What is picked is an entry of the history; what is typed replaces the entry when the typing rests. */
export function LogFilters({ search }: { search: Partial<LogsSearch> }) {
  const navigate = route.useNavigate();
  const set = (change: { [Name in keyof LogsSearch]?: LogsSearch[Name] | undefined }, replace = false) =>
    void navigate({
      search: (before) => {
        const next = { ...before, ...change };
        return Object.fromEntries(
          Object.entries(next).filter(([, value]) => value !== undefined),
        ) as Partial<LogsSearch>;
      },
      replace,
      resetScroll: false,
    });
  const [more, setMore] = useState(
    search.clientId !== undefined || search.from !== undefined || search.to !== undefined,
  );
  const folded = more ? '' : 'max-sm:hidden';
  return (
    <search className="mb-4 grid grid-cols-1 gap-3 min-[400px]:grid-cols-2 lg:grid-cols-[1.2fr_1.1fr_1.3fr_1.3fr_1.3fr]">
      <Field label="Event">
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={search.event ?? ''}
            onChange={({ target }) => set({ event: isEventName(target.value) ? target.value : undefined })}
          >
            <option value="">Any event</option>
            {EVENT_NAMES.map((name) => (
              <option key={name} value={name}>
                {eventWords(name)}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <Field label="Outcome">
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={search.outcome ?? ''}
            onChange={({ target: { value } }) =>
              set({ outcome: value === 'success' || value === 'failure' ? value : undefined })
            }
          >
            <option value="">Any outcome</option>
            <option value="success">Success</option>
            <option value="failure">Failure</option>
          </NativeSelect>
        )}
      </Field>
      {!more && (
        <Button
          look="quiet"
          className="min-[400px]:col-span-2 justify-self-start sm:hidden"
          onClick={() => setMore(true)}
        >
          More filters
        </Button>
      )}
      <ClientFilter
        className={folded}
        clientId={search.clientId ?? ''}
        onChange={(clientId) => set({ clientId: clientId === '' ? undefined : clientId }, true)}
      />
      <Field label="From" className={`max-sm:min-[400px]:col-span-2 ${folded}`}>
        {(wiring) => (
          <TextInput
            {...wiring}
            type="datetime-local"
            value={toLocalField(search.from)}
            onChange={({ target }) => set({ from: fromLocalField(target.value) })}
          />
        )}
      </Field>
      <Field label="To" className={`max-sm:min-[400px]:col-span-2 ${folded}`}>
        {(wiring) => (
          <TextInput
            {...wiring}
            type="datetime-local"
            value={toLocalField(search.to)}
            onChange={({ target }) => set({ to: fromLocalField(target.value), live: undefined })}
          />
        )}
      </Field>
    </search>
  );
}

interface ClientFilterProps {
  clientId: string;
  onChange: (clientId: string) => void;
  className: string;
}

function ClientFilter({ clientId, onChange, className }: ClientFilterProps) {
  const [typed, setTyped] = useState(clientId);
  useEffect(() => setTyped(clientId), [clientId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function each time must not start the wait anew
  useEffect(() => {
    if (typed === clientId) return;
    const timer = setTimeout(() => onChange(typed.trim()), TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, clientId]);
  const problem = typed.trim() === '' ? null : clientIdProblem(typed.trim());
  return (
    <Field label="Client ID" className={`max-lg:min-[400px]:col-span-2 ${className}`} error={problem}>
      {(wiring) => (
        <TextInput
          {...wiring}
          type="search"
          data-search
          autoCapitalize="off"
          spellCheck={false}
          className="font-mono"
          placeholder="user-123"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </Field>
  );
}
