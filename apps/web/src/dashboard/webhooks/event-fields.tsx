import { useId, useState } from 'react';
import { t } from '../../texts/webhooks.ts';
import { Checkbox, Radio } from '../../ui/field.tsx';
import type { EventName } from '../api.ts';
import { eventWords } from '../event-words.ts';
import { type EventGroup, eventGroups } from './webhook-words.ts';

/** What is picked at first when not all are wanted: what an application acts on. */
const USUAL: readonly EventName[] = ['client.locked', 'client.unlocked', 'client.deleted'];

interface EventFieldsProps {
  /** Null: every one. */
  events: readonly EventName[] | null;
  onChange: (events: readonly EventName[] | null) => void;
}

/** Every event, or those that are ticked. */
export function EventFields({ events, onChange }: EventFieldsProps) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 text-14 font-semibold">{t.itSends}</legend>
      <Radio
        name={name}
        label={t.everyEvent}
        hint={t.everyEventHint}
        checked={events === null}
        onChange={() => onChange(null)}
      />
      <Radio
        name={name}
        label={t.onlyThese}
        checked={events !== null}
        onChange={() => onChange(events ?? USUAL)}
      />
      {events !== null && (
        <div className="mt-1 divide-y divide-border rounded-control border border-border">
          {eventGroups().map((group) => (
            <Group key={group.title} group={group} events={events} onChange={onChange} />
          ))}
        </div>
      )}
    </fieldset>
  );
}

interface GroupProps {
  group: EventGroup;
  events: readonly EventName[];
  onChange: (events: readonly EventName[]) => void;
}

/** A group is open at first where something of it is ticked; then it is as it was left. */
function Group({ group: { title, events: all }, events, onChange }: GroupProps) {
  const picked = all.filter((event) => events.includes(event)).length;
  const [openAtFirst] = useState(picked > 0);
  const others = events.filter((event) => !all.includes(event));
  return (
    <details open={openAtFirst}>
      <summary className="cursor-pointer rounded-control px-3 py-2 text-14 hover:bg-sunken">
        {title} <span className="text-muted">{t.pickedOf(picked, all.length)}</span>
      </summary>
      <div className="flex flex-col gap-2 px-3 pt-1 pb-3">
        <Checkbox
          label={<span className="font-semibold">{t.allOfThese}</span>}
          aria-label={t.allOfGroup(title)}
          checked={picked === all.length}
          onChange={({ target }) => onChange(target.checked ? [...others, ...all] : others)}
        />
        {all.map((event) => (
          <Checkbox
            key={event}
            label={eventWords(event)}
            hint={<code className="font-mono text-12 break-all">{event}</code>}
            checked={events.includes(event)}
            onChange={({ target }) =>
              onChange(target.checked ? [...events, event] : events.filter((each) => each !== event))
            }
          />
        ))}
      </div>
    </details>
  );
}
