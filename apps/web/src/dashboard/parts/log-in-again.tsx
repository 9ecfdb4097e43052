import { type FormEvent, useState } from 'react';
import { t } from '../../texts/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import type { Action } from '../action.ts';
import { Problem } from '../api.ts';
import { ErrorSummary } from './error-summary.tsx';
import { ProofFields, type ProofOfSelf } from './proof-fields.tsx';

interface LogInAgainProps {
  open: boolean;
  email: string;
  /** What the button says: "Sign in and export". */
  action: string;
  run: Action<[ProofOfSelf], void>;
  onClose: () => void;
}

/** Before secrets leave: the session alone is not enough. */
export function LogInAgain({ open, onClose, ...form }: LogInAgainProps) {
  return (
    <Dialog open={open} title={t.confirmItsYou} onClose={onClose}>
      {/* Mounted anew each time it opens, so that nothing typed is left. */}
      {open && <LogInForm {...form} onClose={onClose} />}
    </Dialog>
  );
}

function LogInForm({ email, action, run, onClose }: Omit<LogInAgainProps, 'open'>) {
  const [proof, setProof] = useState<ProofOfSelf>({ password: '' });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run.run(proof);
  };
  const inField = run.error instanceof Problem && run.error.code === 'credentials_invalid';
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <p className="text-14">{t.signedInLongAgo}</p>
      <ErrorSummary error={inField ? null : run.error} />
      <ProofFields email={email} twoFactor proof={proof} onChange={setProof} error={run.error} />
      <DialogActions>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button type="submit" look="primary" busy={run.pending && t.checking}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
