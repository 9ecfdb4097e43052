import { type FormEvent, useEffect, useRef, useState } from 'react';
import { t } from '../../texts/enrolment.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CodeField } from '../../ui/code-field.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Notice } from '../../ui/panel.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { useAction } from '../action.ts';
import { ErrorPanel } from './failed.tsx';

export interface Check {
  accepted: boolean;
  /** What the dialog says. */
  text: string;
}

interface SecretOnceProps {
  secret: string;
  otpauthUrl: string;
  issuer: string;
  label: string;
  digits?: number;
  onCheck: (code: string) => Promise<Check>;
  /** Called once the server has accepted a code. */
  onAccepted?: (() => void) | undefined;
  /** Said below the field: what a check costs. */
  note: string;
}

/** The QR code, the secret beside it, and the field that proves that the phone has it. */
export function SecretOnce({
  secret,
  otpauthUrl,
  issuer,
  label,
  digits = 6,
  onCheck,
  onAccepted,
  note,
}: SecretOnceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const key = useRef<HTMLElement>(null);
  const [large, setLarge] = useState(false);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className={classes('grid gap-x-8 gap-y-6', !large && 'sm:grid-cols-[auto_minmax(0,1fr)]')}>
      <div className="min-w-0">
        <QrCode text={otpauthUrl} large={large} onEnlarge={setLarge} alt={t.qrAlt(issuer, label)} />
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        <section className="flex flex-col gap-2">
          <h3 ref={heading} tabIndex={-1} className="text-16 font-semibold outline-none">
            {t.scanThis}
          </h3>
          <p className="text-14 text-muted">{t.scanHint}</p>
          <code
            ref={key}
            className="rounded-control bg-sunken px-3 py-2 font-mono text-16 text-balance break-words"
          >
            {inGroups(secret)}
          </code>
          <div className="flex flex-wrap gap-2">
            <CopyButton text={secret} label={t.copySecret} source={key} />
            <a
              href={otpauthUrl}
              className="inline-flex h-control items-center px-2 text-14 text-accent underline sm:hidden"
            >
              {t.openInApp}
            </a>
          </div>
        </section>
        <CheckCode label={t.thenType} digits={digits} onCheck={onCheck} onAccepted={onAccepted} note={note} />
      </div>
    </div>
  );
}

/** The field for a code, and what the server says of it. */
export function CheckCode({
  label,
  digits,
  onCheck,
  onAccepted,
  note,
}: Pick<SecretOnceProps, 'onCheck' | 'onAccepted' | 'note'> & { label: string; digits: number }) {
  const [code, setCode] = useState('');
  const [result, setResult] = useState<Check | null>(null);
  const check = useAction(async () => {
    setResult(null);
    const found = await onCheck(code);
    setResult(found);
    if (!found.accepted) return;
    setCode('');
    onAccepted?.();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code !== '') void check.run();
  };
  const refused = result !== null && !result.accepted ? result.text : null;
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <CodeField
        label={label}
        value={code}
        digits={digits}
        error={refused}
        onChange={(next) => {
          setCode(next);
          setResult(null);
        }}
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" busy={check.pending && t.checking}>
          {t.checkCode}
        </Button>
        <div role="status" className="min-h-6">
          {result?.accepted === true && (
            <Notice tone="success" className="py-1.5">
              {result.text}
            </Notice>
          )}
        </div>
      </div>
      {check.error !== null && <ErrorPanel error={check.error} />}
      <p className="text-14 text-muted">{note}</p>
    </form>
  );
}

/** "JBSW Y3DP …": a secret is read and typed in fours. */
function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}
