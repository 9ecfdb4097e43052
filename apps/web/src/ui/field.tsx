import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';
import { Icon } from './icons.tsx';

const CONTROL_CLASS =
  'w-full min-w-0 rounded-control border border-edge bg-surface px-3 text-14 text-ink placeholder:text-muted pointer-coarse:text-16 ' +
  'aria-invalid:border-danger disabled:bg-sunken disabled:text-muted';

/** What ties a control to its label, its hint and its error. */
export interface FieldWiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null | undefined;
  children: (wiring: FieldWiring) => ReactNode;
  className?: string;
}

/** A control with its label above, and hint and error below it. The error is announced. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={classes('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-14 font-semibold">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error ? true : undefined,
      })}
      {hint !== undefined && (
        <div id={`${id}-hint`} className="text-14 text-muted">
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-14 text-danger">
          <span className="mt-0.5">
            <Icon name="warning" />
          </span>
          {error}
        </div>
      )}
    </div>
  );
}

export function TextInput({ className, type = 'text', ...rest }: ComponentProps<'input'>) {
  return <input type={type} {...rest} className={classes(CONTROL_CLASS, 'h-control', className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={classes(CONTROL_CLASS, 'py-2 font-mono text-14', className)} />;
}

/** The browser's own: it opens what the system has, also under a finger. */
export function NativeSelect({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select {...rest} className={classes(CONTROL_CLASS, 'h-control pr-8', className)}>
      {children}
    </select>
  );
}

interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type'> {
  label: ReactNode;
  hint?: ReactNode;
}

/** A tick with its words; the whole line can be pressed. */
export function Checkbox(props: CheckboxProps) {
  return <Tick {...props} type="checkbox" />;
}

/** One of several of the same `name`, with its words. */
export function Radio(props: CheckboxProps) {
  return <Tick {...props} type="radio" />;
}

function Tick({ label, hint, className, ...rest }: CheckboxProps & { type: 'checkbox' | 'radio' }) {
  const id = useId();
  return (
    <label
      className={classes('flex min-h-6 cursor-pointer items-start gap-2.5 pointer-coarse:py-2', className)}
    >
      <input
        className={classes('tick mt-0.5 size-4.5 shrink-0', rest.type === 'radio' && 'rounded-full')}
        aria-describedby={hint === undefined ? undefined : id}
        {...rest}
      />
      <span>
        <span className="text-14">{label}</span>
        {hint !== undefined && (
          <span id={id} className="block text-14 text-muted">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
