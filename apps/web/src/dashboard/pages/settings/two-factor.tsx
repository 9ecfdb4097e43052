import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { t } from '../../../texts/settings.ts';
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
    tell(t.twoFactorOff);
    await refresh();
  });

  const confirm = async (totp: string): Promise<Check> => {
    try {
      const { recoveryCodes } = await ask(api.POST('/api/auth/two-factor/confirm', { body: { totp } }));
      setStarted(null);
      setCodes(recoveryCodes);
      await refresh();
      return { accepted: true, text: t.codeAccepted };
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
      title={t.twoFactor}
      actions={
        active ? (
          <StatusBadge tone="success" icon="accepted">
            {t.on}
          </StatusBadge>
        ) : (
          <StatusBadge tone="neutral" icon="disabled">
            {t.off}
          </StatusBadge>
        )
      }
    >
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        {active ? (
          <>
            <p className="text-14">{t.twoFactorOn(twoFactor.recoveryCodesLeft)}</p>
            {twoFactor.recoveryCodesLeft < FEW_CODES && <Notice tone="warning">{t.fewCodes}</Notice>}
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setQuestion('codes')}>{t.newCodes}</Button>
              <Button look="warning" onClick={() => setQuestion('stop')}>
                {t.turnOff}
              </Button>
            </div>
          </>
        ) : (
          <>
            <p className="text-14">{t.passwordAlone}</p>
            <Button look="primary" className="self-start" onClick={() => setQuestion('start')}>
              {t.turnOn}
            </Button>
          </>
        )}
      </div>

      <ProofDialog
        open={question === 'start'}
        title={t.turnOnTwoFactor}
        action={t.goOn}
        run={start}
        twoFactor={false}
        onClose={close(start)}
      />
      <ProofDialog
        open={question === 'codes'}
        title={t.makeCodesQuestion}
        action={t.makeCodes}
        run={replace}
        twoFactor
        onClose={close(replace)}
      >
        {t.earlierVoid}
      </ProofDialog>
      <ProofDialog
        open={question === 'stop'}
        title={t.turnOffQuestion}
        action={t.turnOff}
        danger
        run={stop}
        twoFactor
        onClose={close(stop)}
      >
        {t.secretRemoved}
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
      title={t.yourCodes}
      codes={codes}
      owner={t.kandaAccount(email)}
      file="kanda-recovery-codes.txt"
      onDone={onDone}
    >
      {t.codesText}
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
    <Dialog open shape="wide" title={t.addToPhone} onClose={onClose}>
      <SecretOnce
        secret={started.secret}
        otpauthUrl={started.otpauthUrl}
        issuer="Kanda"
        label={email}
        onCheck={onCheck}
        note={t.rightCodeTurnsOn}
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
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button type="submit" look={danger ? 'danger' : 'primary'} busy={run.pending && t.oneMoment}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
