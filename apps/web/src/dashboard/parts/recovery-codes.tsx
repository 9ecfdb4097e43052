import { useRef } from 'react';
import { buttonClass } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { ShownOnce } from './shown-once.tsx';

/** Shown once, after the phone has proved itself. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const list = useRef<HTMLOListElement>(null);
  const text = codes.join('\n');
  return (
    <ShownOnce
      title="Your recovery codes"
      what="the recovery codes"
      tick="I have kept these codes in a safe place"
      onDone={onDone}
    >
      <p className="mb-4 text-14">
        They let you in when the phone is lost. Each is good once. Earlier codes are void.
      </p>
      <ol
        ref={list}
        data-shown-once
        className="mb-3 grid grid-cols-1 gap-x-6 gap-y-1 rounded-control bg-sunken p-4 font-mono text-14 min-[420px]:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label="Copy codes" source={list} />
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
          download="kanda-recovery-codes.txt"
          className={buttonClass()}
        >
          <Icon name="download" />
          Download
        </a>
      </div>
    </ShownOnce>
  );
}
