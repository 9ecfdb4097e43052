import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from 'react';
import { t } from '../../texts/shell.ts';
import { Field, TextInput } from '../../ui/field.tsx';

interface CredentialProps {
  value: string;
  onChange: (value: string) => void;
  error?: string | null | undefined;
}

interface EmailProps extends Omit<CredentialProps, 'onChange'> {
  /** Without it the address is shown, and cannot be changed. */
  onChange?: (value: string) => void;
}

/** The address to sign in with. */
export function EmailField({ value, onChange, error }: EmailProps) {
  return (
    <Field label={t.email} error={error}>
      {(wiring) => (
        <TextInput
          {...wiring}
          type="email"
          required
          autoComplete="username"
          value={value}
          readOnly={onChange === undefined}
          onChange={(event) => onChange?.(event.target.value)}
        />
      )}
    </Field>
  );
}

interface PasswordProps extends CredentialProps {
  label?: string;
  hint?: ReactNode;
  /** Which one a password manager fills in, or offers to make. */
  which: 'current-password' | 'new-password';
}

/** A password; pasting is welcome, and it can be looked at. */
export function PasswordField({ value, onChange, error, which, label = t.password, hint }: PasswordProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <PasswordInput
          {...wiring}
          required
          autoComplete={which}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Shown on demand, until its form is sent: what a browser then offers to keep has to be a password to it. */
function PasswordInput(props: ComponentProps<'input'>) {
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const form = input.current?.form;
    const hide = () => setShown(false);
    form?.addEventListener('submit', hide);
    return () => form?.removeEventListener('submit', hide);
  }, []);
  return (
    <span className="relative block">
      {/* As text it must not go to a spelling service, nor be changed by a phone's keyboard. */}
      <TextInput
        {...props}
        ref={input}
        type={shown ? 'text' : 'password'}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        className="pr-16"
      />
      <button
        type="button"
        onClick={() => setShown(!shown)}
        className="absolute inset-y-1 right-1 min-w-13 cursor-pointer rounded-badge px-2 text-14 text-muted hover:bg-sunken hover:text-ink"
      >
        {shown ? t.hide : t.show}
        <span className="sr-only">{t.passwordWord}</span>
      </button>
    </span>
  );
}

/** What a new password has to be. */
export const newPasswordHint = () => t.passwordHint;
