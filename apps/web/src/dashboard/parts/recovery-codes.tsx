import { type ReactNode, useRef } from 'react';
import { t } from '../../texts/clients.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { dateOnly } from '../../ui/time-words.ts';
import { ShownOnce } from './shown-once.tsx';

interface RecoveryCodesProps {
  title: string;
  codes: readonly string[];
  /** What they are for. */
  children: ReactNode;
  /** Whose they are, as the paper says: "MyApp, alice@example.com". */
  owner: string;
  /** The name of the file to save. */
  file: string;
  onDone: () => void;
}

/** Shown once: to copy, to save as a file, or to print. On paper are the codes alone, and whose they are. */
export function RecoveryCodes({ title, codes, children, owner, file, onDone }: RecoveryCodesProps) {
  const list = useRef<HTMLOListElement>(null);
  const text = codes.join('\n');
  return (
    <ShownOnce title={title} what={t.theRecoveryCodes} tick={t.keptCodes} onDone={onDone}>
      <p className="mb-4 text-14">{children}</p>
      <div data-printed>
        <p className="mb-4 hidden print:block">{t.codesFileHead(owner, dateOnly(Date.now()))}</p>
        <ol
          ref={list}
          data-shown-once
          className="mb-3 grid grid-cols-1 gap-x-6 gap-y-1 rounded-control bg-sunken p-4 font-mono text-14 min-[420px]:grid-cols-2"
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
      </div>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label={t.copyCodes} source={list} />
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
          download={file}
          className={buttonClass()}
        >
          <Icon name="download" />
          {t.download}
        </a>
        <Button icon="print" onClick={() => print()}>
          {t.print}
        </Button>
      </div>
    </ShownOnce>
  );
}
