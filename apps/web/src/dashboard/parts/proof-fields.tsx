import { useState } from 'react';
import { t } from '../../texts/shell.ts';
import { CodeField } from '../../ui/code-field.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { Problem } from '../api.ts';
import { PasswordField } from './credential-fields.tsx';

/** What shows again who it is: the password, and a code where the account asks for one. */
export interface ProofOfSelf {
  password: string;
  totp?: string;
  recoveryCode?: string;
}

interface ProofFieldsProps {
  twoFactor: boolean;
  email: string;
  proof: ProofOfSelf;
  onChange: (proof: ProofOfSelf) => void;
  error: unknown;
  /** The form shows the address itself. */
  named?: boolean;
}

export function ProofFields({ twoFactor, email, proof, onChange, error, named = false }: ProofFieldsProps) {
  const [byRecovery, setByRecovery] = useState(false);
  const wrongPassword = error instanceof Problem && error.code === 'credentials_invalid';
  const { password } = proof;
  return (
    <>
      {/* For password managers: whose password it is. */}
      {!named && <input type="text" autoComplete="username" value={email} readOnly hidden />}
      <PasswordField
        which="current-password"
        label={t.yourPassword}
        error={wrongPassword ? t.notThisPassword : null}
        value={password}
        onChange={(typed) => onChange({ ...proof, password: typed })}
      />
      {twoFactor && !byRecovery && (
        <CodeField
          label={t.codeFromApp}
          value={proof.totp ?? ''}
          onChange={(totp) => onChange({ password, totp })}
        />
      )}
      {twoFactor && byRecovery && (
        <Field label={t.recoveryCode}>
          {(wiring) => (
            <TextInput
              {...wiring}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={proof.recoveryCode ?? ''}
              onChange={(event) => onChange({ password, recoveryCode: event.target.value.trim() })}
            />
          )}
        </Field>
      )}
      {twoFactor && (
        <button
          type="button"
          className="cursor-pointer self-start text-14 text-accent underline"
          onClick={() => {
            setByRecovery(!byRecovery);
            onChange({ password });
          }}
        >
          {byRecovery ? t.useApp : t.useRecoveryCode}
        </button>
      )}
    </>
  );
}
