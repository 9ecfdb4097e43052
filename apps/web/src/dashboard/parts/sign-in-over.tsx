import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { t } from '../../texts/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useToast } from '../../ui/toast.tsx';
import { signIn, useAccount } from '../account.ts';
import { lookAgain } from '../account-watch.ts';
import { useAction } from '../action.ts';
import { Problem } from '../api.ts';
import { leaveTo } from '../leave.ts';
import { dashboardPath, signInAddress } from '../own-url.ts';
import { type SessionEnd, useSessionEnd } from '../session-end.ts';
import { EmailField } from './credential-fields.tsx';
import { ErrorSummary } from './error-summary.tsx';
import { ProofFields, type ProofOfSelf } from './proof-fields.tsx';

const REASONS: Readonly<Record<SessionEnd['why'], string>> = {
  get expired() {
    return t.endTimeOver;
  },
  get ended() {
    return t.endEnded;
  },
  get left() {
    return t.endSignedOut;
  },
  get gone() {
    return t.endGone;
  },
};

/** The way back into a session that has ended. It opens over the page, which keeps what was typed. */
export function SignInOver() {
  const end = useSessionEnd();
  return (
    <Dialog
      open={end !== null}
      title={t.signInAgain}
      lasting
      // Who signs out wants to leave nothing on the screen.
      covering={end?.why === 'left'}
      onClose={() => {}}
    >
      {end !== null && <SignInForm end={end} />}
    </Dialog>
  );
}

/** Only for the account of this page: another person goes to the sign-in, and finds nothing of it. */
function SignInForm({ end }: { end: SessionEnd }) {
  const { email, twoFactor } = useAccount();
  const queries = useQueryClient();
  const tell = useToast();
  const [proof, setProof] = useState<ProofOfSelf>({ password: '' });
  const [needsCode, setNeedsCode] = useState(twoFactor?.active === true);
  const enter = useAction(async () => {
    await signIn({ email, ...withoutEmpty(proof) });
    await lookAgain(queries);
    tell(end.refused ? t.signedInSendAgain : t.signedInAgain);
  });
  const asksForCode = enter.error instanceof Problem && enter.error.code === 'totp_required';
  if (asksForCode && !needsCode) setNeedsCode(true);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter.run();
  };
  const inField = enter.error instanceof Problem && enter.error.code === 'credentials_invalid';
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <p className="text-14">
        {t.stillOnPage(REASONS[end.why], end.refused ? t.whatYouSent : t.whatYouTyped)}
      </p>
      <ErrorSummary error={inField || asksForCode ? null : enter.error} />
      <EmailField value={email} />
      <ProofFields
        email={email}
        twoFactor={needsCode}
        proof={proof}
        onChange={setProof}
        error={enter.error}
        named
      />
      <DialogActions>
        <Button look="quiet" onClick={leave}>
          {t.leaveThisPage}
        </Button>
        <Button type="submit" look="primary" busy={enter.pending && t.signingIn}>
          {t.signIn}
        </Button>
      </DialogActions>
    </form>
  );
}

/** A code that is left empty is asked for by the server. */
function withoutEmpty({ password, totp, recoveryCode }: ProofOfSelf): ProofOfSelf {
  return { password, ...(totp ? { totp } : {}), ...(recoveryCode ? { recoveryCode } : {}) };
}

function leave(): void {
  leaveTo(signInAddress(dashboardPath(new URL(location.href)) ?? '/dashboard'));
}
