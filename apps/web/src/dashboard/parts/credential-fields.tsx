import type { ReactNode } from 'react';
import { Field, TextInput } from '../../ui/field.tsx';

interface CredentialProps {
  value: string;
  onChange: (value: string) => void;
  error?: string | null | undefined;
}

/** The address that somebody signs in with. */
export function EmailField({ value, onChange, error }: CredentialProps) {
  return (
    <Field label="E-mail" error={error}>
      {(wiring) => (
        <TextInput
          {...wiring}
          type="email"
          required
          autoComplete="username"
          value={value}
          onChange={(event) => onChange(event.target.value)}
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

/** A password; pasting is welcome. */
export function PasswordField({ value, onChange, error, which, label = 'Password', hint }: PasswordProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <TextInput
          {...wiring}
          type="password"
          required
          autoComplete={which}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What the server asks of a new one. */
export const NEW_PASSWORD_HINT = '15 characters or more. A sentence is fine.';
