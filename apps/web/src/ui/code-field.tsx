import type { Ref } from 'react';
import { t } from '../texts/ui.ts';
import { classes } from './classes.ts';
import { Field, TextInput } from './field.tsx';

interface CodeFieldProps {
  value: string;
  onChange: (code: string) => void;
  label?: string;
  error?: string | null | undefined;
  /** How many digits the app shows. */
  digits?: number;
  ref?: Ref<HTMLInputElement>;
  className?: string;
}

/**
 * One field, not six boxes: the phone's keyboard can fill it, and a code can be pasted as "123 456". It has no
 * `maxlength`, which would cut what is pasted, and sends nothing by itself: a slip costs an attempt.
 */
export function CodeField({
  value,
  onChange,
  label = t.code,
  error,
  digits = 6,
  ref,
  className,
}: CodeFieldProps) {
  return (
    <Field label={label} error={error} {...(className === undefined ? {} : { className })}>
      {(wiring) => (
        <TextInput
          {...wiring}
          ref={ref}
          value={value}
          onChange={(event) => onChange(event.target.value.replace(/[ -]/g, ''))}
          autoComplete="one-time-code"
          inputMode="numeric"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={'0'.repeat(digits)}
          className={classes('h-11 font-mono text-22 tracking-[0.18em] placeholder:opacity-50')}
        />
      )}
    </Field>
  );
}
