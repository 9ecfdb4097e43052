import { useEffect, useRef, useState } from 'react';
import { classes } from '../../ui/classes.ts';
import { Field, TextInput } from '../../ui/field.tsx';

const TYPED_AFTER_MS = 300;

interface TypedFilterProps {
  label: string;
  placeholder: string;
  value: string;
  /** When the typing rests. */
  onChange: (text: string) => void;
  /** What of the text stays in the field. */
  onEnter?: (text: string) => string;
  /** Why a text is no filter; null: it is one. */
  problemOf?: (text: string) => string | null;
  /** What is typed is compared letter by letter. */
  mono?: boolean;
  className?: string;
}

/** A filter that is typed. */
export function TypedFilter(props: TypedFilterProps) {
  const { label, placeholder, value, onChange, onEnter, problemOf, mono = false, className = '' } = props;
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // What comes back of the own typing must not undo what was typed since.
    if (value !== sent.current) setTyped(value);
    sent.current = value;
  }, [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function each time must not start the wait anew
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => {
      sent.current = typed.trim();
      onChange(sent.current);
    }, TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  const text = typed.trim();
  return (
    <Field label={label} className={className} error={text === '' ? null : (problemOf?.(text) ?? null)}>
      {(wiring) => (
        <TextInput
          {...wiring}
          type="search"
          data-search={onEnter === undefined ? undefined : true}
          autoCapitalize="off"
          spellCheck={false}
          className={classes(mono && 'font-mono')}
          placeholder={placeholder}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          onKeyDown={({ key }) => key === 'Enter' && onEnter !== undefined && setTyped(onEnter(text))}
        />
      )}
    </Field>
  );
}
