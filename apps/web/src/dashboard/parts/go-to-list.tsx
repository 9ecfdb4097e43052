import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { t } from '../../texts/shell.ts';
import { classes } from '../../ui/classes.ts';
import { TextInput } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { counted } from '../../ui/time-words.ts';
import type { Place } from '../places.ts';
import { type Group, usePlaces } from '../use-places.ts';

/** A field and what it finds, as a combobox with a list (WAI-ARIA APG). The focus stays in the field. */
export function GoToList({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [picked, setPicked] = useState<string | null>(null);
  const { groups, searching, problems } = usePlaces(typed);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const router = useRouter();
  const places = groups.flatMap((group) => group.places);
  const active = places.find(({ id }) => id === picked) ?? places[0];
  useEffect(() => field.current?.focus(), []);

  const go = ({ href, isDocument }: Place) => {
    onClose();
    if (isDocument === true) location.assign(href);
    else router.history.push(href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && active !== undefined) {
      event.preventDefault();
      const next = (places.indexOf(active) + step + places.length) % places.length;
      setPicked(places[next]?.id ?? null);
    }
    // An Enter that ends the writing of a word in Japanese, say, is none.
    if (event.key === 'Enter' && !event.nativeEvent.isComposing && active !== undefined) {
      event.preventDefault();
      go(active);
    }
  };
  const optionId = ({ id }: Place) => `${list}-${places.findIndex((place) => place.id === id)}`;
  return (
    <div className="flex flex-col gap-3 pt-1">
      <TextInput
        ref={field}
        role="combobox"
        aria-label={t.goToAnything}
        aria-expanded={places.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={active === undefined ? undefined : optionId(active)}
        placeholder={t.goToPlaceholder}
        autoComplete="off"
        spellCheck={false}
        maxLength={128}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setPicked(null);
        }}
        onKeyDown={onKeyDown}
      />
      <p role="status" className="text-14 text-muted">
        {searching ? t.searching : places.length === 0 ? t.nothingFound : counted(places.length, 'result')}
        {problems.map((problem) => (
          <span key={problem} className="block text-danger">
            {problem}
          </span>
        ))}
      </p>
      <div id={list} role="listbox" aria-label={t.results} className="flex flex-col gap-3">
        {groups.map((group) => (
          <Results key={group.title} group={group} active={active} optionId={optionId} onGo={go} />
        ))}
      </div>
    </div>
  );
}

interface ResultsProps {
  group: Group;
  active: Place | undefined;
  optionId: (place: Place) => string;
  onGo: (place: Place) => void;
}

function Results({ group: { title, places }, active, optionId, onGo }: ResultsProps) {
  const heading = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no group of options
    <div role="group" aria-labelledby={heading}>
      <p id={heading} className="px-2 pb-1 text-12 font-semibold text-muted">
        {title}
      </p>
      {places.map((place) => (
        <Option
          key={place.id}
          place={place}
          id={optionId(place)}
          isActive={place === active}
          onGo={() => onGo(place)}
        />
      ))}
    </div>
  );
}

interface OptionProps {
  place: Place;
  id: string;
  isActive: boolean;
  onGo: () => void;
}

function Option({ place: { name, note, icon }, id, isActive, onGo }: OptionProps) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) option.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
    <div
      ref={option}
      id={id}
      role="option"
      aria-selected={isActive}
      onClick={onGo}
      className={classes(
        'flex min-h-10 cursor-pointer items-center gap-2.5 rounded-control px-2 py-1.5 text-14 pointer-coarse:min-h-11',
        isActive ? 'bg-sunken outline-2 -outline-offset-2 outline-edge' : 'hover:bg-sunken',
      )}
    >
      <span className="shrink-0 text-muted">
        <Icon name={icon} />
      </span>
      <bdi className="min-w-0 truncate">{name}</bdi>
      {note !== '' && <bdi className="ml-auto max-w-1/2 shrink-0 truncate text-12 text-muted">{note}</bdi>}
    </div>
  );
}
