import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { t } from '../../texts/authenticators.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/panel.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { useAction } from '../action.ts';
import { api, ask, type Enrolled, Problem } from '../api.ts';
import { Trouble } from '../parts/failed.tsx';
import { type Check, CheckCode, SecretOnce } from '../parts/secret-once.tsx';
import { problemWords } from '../problem-words.ts';
import { clockWarningWords, refusalWords } from './authenticator-words.ts';

export interface FirstCodeProps {
  title: string;
  enrolled: Enrolled;
  issuer: string;
  label: string;
  digits: number;
  /** Nothing is to be scanned: a token has its secret already. */
  isToken?: boolean;
  /** What holds until the right code was typed: "Until then …". */
  meanwhile: string;
  /** What has happened once it was. */
  confirmed: string;
  /** Makes another QR code in place of one that is over. */
  onRestart: () => Promise<void>;
  onClose: () => void;
}

/** `warning`: what is to be done for its next codes to be accepted; null: nothing. */
type Ending = { kind: 'confirmed'; warning: string | null } | { kind: 'over'; text: string };

/**
 * QR code, key, and the first code, which puts the authenticator into use. Nothing is lost by closing this: while it
 * waits, the same QR code can be shown again.
 */
export function FirstCodeDialog(props: FirstCodeProps) {
  const { title, enrolled, onClose } = props;
  const [ending, setEnding] = useState<Ending | null>(null);
  const queries = useQueryClient();
  const close = () => {
    onClose();
    void queries.invalidateQueries();
  };
  const check = async (code: string): Promise<Check> => {
    const found = await confirmFirstCode(enrolled, code);
    if (found.kind === 'refused') return { accepted: false, text: found.text };
    setEnding(found);
    return { accepted: found.kind === 'confirmed', text: '' };
  };
  return (
    <Dialog
      open
      shape={ending === null && props.isToken !== true ? 'wide' : 'narrow'}
      title={title}
      onClose={close}
    >
      {ending === null ? (
        <Waiting {...props} onCheck={check} onClose={close} />
      ) : ending.kind === 'confirmed' ? (
        <Confirmed text={props.confirmed} warning={ending.warning} onClose={close} />
      ) : (
        <Over
          text={ending.text}
          onClose={close}
          onRestart={() => props.onRestart().then(() => setEnding(null))}
        />
      )}
    </Dialog>
  );
}

function Waiting({
  enrolled,
  issuer,
  label,
  digits,
  isToken = false,
  meanwhile,
  onCheck,
  onClose,
}: FirstCodeProps & { onCheck: (code: string) => Promise<Check> }) {
  const until = enrolled.expiresAt === undefined ? '' : t.atTime(clockTime(Date.parse(enrolled.expiresAt)));
  const what = isToken ? t.thisOne : t.thisQr;
  const note = t.expiresAfter(meanwhile, what, until);
  if (isToken) {
    return (
      <>
        <CheckCode label={t.pressAndType} digits={digits} note={note} onCheck={onCheck} />
        <DialogActions>
          <Button onClick={onClose}>{t.finishLater}</Button>
        </DialogActions>
      </>
    );
  }
  return (
    <>
      <SecretOnce
        secret={enrolled.secret}
        otpauthUrl={enrolled.otpauthUrl}
        issuer={issuer}
        label={label}
        digits={digits}
        note={note}
        onCheck={onCheck}
      />
      <div className="mt-6 flex flex-col gap-3 border-t border-border pt-4 text-14 sm:flex-row sm:items-center sm:justify-between">
        <p className="text-muted">{t.canClose}</p>
        <Button onClick={onClose}>{t.finishLater}</Button>
      </div>
    </>
  );
}

function Confirmed({
  text,
  warning,
  onClose,
}: {
  text: string;
  warning: string | null;
  onClose: () => void;
}) {
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => done.current?.focus(), []);
  return (
    <>
      <div role="status" className="flex flex-col gap-3">
        <Notice tone="success">{t.accepted(text)}</Notice>
        {warning !== null && <Notice tone="warning">{warning}</Notice>}
      </div>
      <DialogActions>
        <Button ref={done} look="primary" onClick={onClose}>
          {t.done}
        </Button>
      </DialogActions>
    </>
  );
}

function Over({
  text,
  onClose,
  onRestart,
}: {
  text: string;
  onClose: () => void;
  onRestart: () => Promise<void>;
}) {
  const restart = useAction(onRestart);
  return (
    <>
      <div role="alert">
        <Notice tone="danger">{text}</Notice>
      </div>
      <Trouble error={restart.error} />
      <DialogActions>
        <Button onClick={onClose}>{t.close}</Button>
        <Button look="primary" busy={restart.pending && t.beginning} onClick={restart.run}>
          {t.beginAgain}
        </Button>
      </DialogActions>
    </>
  );
}

async function confirmFirstCode(
  { clientId, authenticatorId, otpauthUrl }: Enrolled,
  token: string,
): Promise<Ending | { kind: 'refused'; text: string }> {
  const which = authenticatorId === undefined ? {} : { authenticatorId };
  try {
    const answer = await ask(api.POST('/api/totp/confirm', { body: { clientId, token, ...which } }));
    if (answer.confirmed) {
      const { clockWarning } = answer;
      const warning = clockWarning === undefined ? null : clockWarningWords(clockWarning, otpauthUrl);
      return { kind: 'confirmed', warning };
    }
    return { kind: answer.attemptsLeft === 0 ? 'over' : 'refused', text: refusalWords(answer) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) {
      return { kind: 'over', text: t.qrOver };
    }
    if (error.status === 400) return { kind: 'refused', text: problemWords(error) };
    throw error;
  }
}
