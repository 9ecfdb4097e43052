import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { Dialog, DialogActions } from '../../../ui/dialog.tsx';
import { Notice, Panel } from '../../../ui/panel.tsx';
import { StatusBadge } from '../../../ui/status-badge.tsx';
import { useToast } from '../../../ui/toast.tsx';
import { accountQuery, useAccount } from '../../account.ts';
import { type Action, useAction } from '../../action.ts';
import { api, ask, Problem } from '../../api.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { ProofFields, type ProofOfSelf } from '../../parts/proof-fields.tsx';
import { RecoveryCodes } from '../../parts/recovery-codes.tsx';
import { type Check, SecretOnce } from '../../parts/secret-once.tsx';
import { problemWords } from '../../problem-words.ts';

interface Started {
  secret: string;
  otpauthUrl: string;
}

/** Below this it is time for new ones. */
const FEW_CODES = 3;

/** How this account itself is protected, with Kanda's own codes. */
export function TwoFactorSettings() {
  const { twoFactor } = useAccount();
  const [question, setQuestion] = useState<'start' | 'codes' | 'stop' | null>(null);
  const [started, setStarted] = useState<Started | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const queries = useQueryClient();
  const tell = useToast();
  const active = twoFactor?.active === true;
  const refresh = () => queries.invalidateQueries({ queryKey: accountQuery.queryKey });

  const start = useAction(async ({ password }: ProofOfSelf) => {
    setStarted(await ask(api.POST('/api/auth/two-factor', { body: { password } })));
    setQuestion(null);
  });
  const replace = useAction(async (proof: ProofOfSelf) => {
    const { recoveryCodes } = await ask(api.POST('/api/auth/two-factor/recovery-codes', { body: proof }));
    setQuestion(null);
    setCodes(recoveryCodes);
    await refresh();
  });
  const stop = useAction(async (proof: ProofOfSelf) => {
    await ask(api.DELETE('/api/auth/two-factor', { body: proof }));
    setQuestion(null);
    tell('Two-factor login is off.');
    await refresh();
  });

  const confirm = async (totp: string): Promise<Check> => {
    try {
      const { recoveryCodes } = await ask(api.POST('/api/auth/two-factor/confirm', { body: { totp } }));
      setStarted(null);
      setCodes(recoveryCodes);
      await refresh();
      return { accepted: true, text: 'Code accepted.' };
    } catch (error) {
      if (error instanceof Problem && (error.code === 'totp_invalid' || error.code === 'totp_code_malformed'))
        return { accepted: false, text: problemWords(error) };
      throw error;
    }
  };
  const close = (action: { reset: () => void }) => () => {
    action.reset();
    setQuestion(null);
  };
  return (
    <Panel
      title="Two-factor login"
      actions={
        active ? (
          <StatusBadge tone="success" icon="accepted">
            On
          </StatusBadge>
        ) : (
          <StatusBadge tone="neutral" icon="disabled">
            Off
          </StatusBadge>
        )
      }
    >
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        {active ? (
          <>
            <p className="text-14">
              Each sign-in asks for a code from your authenticator app. {twoFactor.recoveryCodesLeft} recovery
              codes are left.
            </p>
            {twoFactor.recoveryCodesLeft < FEW_CODES && (
              <Notice tone="warning">
                Few recovery codes are left. Make new ones before the last is gone.
              </Notice>
            )}
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setQuestion('codes')}>New recovery codes</Button>
              <Button look="warning" onClick={() => setQuestion('stop')}>
                Turn off
              </Button>
            </div>
          </>
        ) : (
          <>
            <p className="text-14">
              Anyone with your password has full access. With two-factor login, signing in also needs your
              phone.
            </p>
            <Button look="primary" className="self-start" onClick={() => setQuestion('start')}>
              Turn on
            </Button>
          </>
        )}
      </div>

      <ProofDialog
        open={question === 'start'}
        title="Turn on two-factor login"
        action="Go on"
        run={start}
        twoFactor={false}
        onClose={close(start)}
      />
      <ProofDialog
        open={question === 'codes'}
        title="Make new recovery codes?"
        action="Make new codes"
        run={replace}
        twoFactor
        onClose={close(replace)}
      >
        All earlier codes are void from then on.
      </ProofDialog>
      <ProofDialog
        open={question === 'stop'}
        title="Turn off two-factor login?"
        action="Turn off"
        danger
        run={stop}
        twoFactor
        onClose={close(stop)}
      >
        The secret and the recovery codes are removed.
      </ProofDialog>
      {started !== null && <FirstCode started={started} onCheck={confirm} onClose={() => setStarted(null)} />}
      {codes !== null && <OwnRecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
    </Panel>
  );
}

function OwnRecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { email } = useAccount();
  return (
    <RecoveryCodes
      title="Your recovery codes"
      codes={codes}
      owner={`Kanda, ${email}`}
      file="kanda-recovery-codes.txt"
      onDone={onDone}
    >
      They let you in when the phone is lost. Each is good once. Earlier codes are void.
    </RecoveryCodes>
  );
}

interface FirstCodeProps {
  started: Started;
  onCheck: (code: string) => Promise<Check>;
  onClose: () => void;
}

/** Nothing is lost by closing this: two-factor login is on only after the first code. */
function FirstCode({ started, onCheck, onClose }: FirstCodeProps) {
  const { email } = useAccount();
  return (
    <Dialog open shape="wide" title="Add this account to your phone" onClose={onClose}>
      <SecretOnce
        secret={started.secret}
        otpauthUrl={started.otpauthUrl}
        issuer="Kanda"
        label={email}
        onCheck={onCheck}
        note="The right code turns two-factor login on and ends every other session. Then you get recovery codes."
      />
    </Dialog>
  );
}

interface ProofDialogProps {
  open: boolean;
  title: string;
  action: string;
  danger?: boolean;
  twoFactor: boolean;
  run: Action<[ProofOfSelf], void>;
  onClose: () => void;
  children?: ReactNode;
}

function ProofDialog({ open, title, onClose, ...form }: ProofDialogProps) {
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      {open && <ProofForm {...form} onClose={onClose} />}
    </Dialog>
  );
}

function ProofForm({
  action,
  danger = false,
  twoFactor,
  run,
  onClose,
  children,
}: Omit<ProofDialogProps, 'open' | 'title'>) {
  const { email } = useAccount();
  const [proof, setProof] = useState<ProofOfSelf>({ password: '' });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run.run(proof);
  };
  const inField = run.error instanceof Problem && run.error.code === 'credentials_invalid';
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      {children !== undefined && <p className="text-14">{children}</p>}
      <ErrorSummary error={inField ? null : run.error} />
      <ProofFields email={email} twoFactor={twoFactor} proof={proof} onChange={setProof} error={run.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={danger ? 'danger' : 'primary'} busy={run.pending && 'One moment…'}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
