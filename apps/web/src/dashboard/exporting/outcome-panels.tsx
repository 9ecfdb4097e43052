import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { t } from '../../texts/exporting.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { sizeWords } from '../../ui/size-words.ts';
import { counted } from '../../ui/time-words.ts';
import type { Received } from './messages.ts';
import type { Done } from './use-export.ts';

/** How long it takes is not known before its end, so the bar has none. */
export function ProgressPanel({ received, onStop }: { received: Received; onStop: () => void }) {
  return (
    <Panel title={t.exporting}>
      <div className="flex flex-col gap-3 px-4 pb-5 sm:px-5">
        <progress aria-label={t.exporting} className="w-full accent-accent" />
        <p className="text-14">
          {sizeWords(received.bytes)}
          {received.secrets !== null && `, ${secretWords(received.secrets)}`}
        </p>
        <div>
          <Button onClick={onStop}>{t.cancel}</Button>
        </div>
      </div>
    </Panel>
  );
}

export function DonePanel({ done: { name, isPlain, received } }: { done: Done }) {
  const summary = useRef<HTMLParagraphElement>(null);
  useEffect(() => summary.current?.focus(), []);
  const bare = name.replace(/\.age$/, '');
  return (
    <Panel title={t.exported}>
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        <p ref={summary} tabIndex={-1} className="rounded-badge text-14 break-words">
          {t.inDownloads(
            <code>{name}</code>,
            received.secrets === null ? '.' : t.withSecrets(secretWords(received.secrets)),
          )}
        </p>
        {!isPlain && (
          <CodeBlock
            text={`age --decrypt -i key.txt -o ${bare} ${name}`}
            label={t.howToDecrypt}
            copy={t.copyCommand}
          />
        )}
        <Notice tone="warning">{t.keepNoCopy}</Notice>
        <p className="text-14">
          <Link
            to="/dashboard/logs"
            search={{ event: 'client.secret_exported' }}
            className="text-accent underline"
          >
            {t.whatLogSays}
          </Link>
        </p>
      </div>
    </Panel>
  );
}

export function StoppedNotice() {
  return (
    <Notice tone="warning">
      <p role="status">{t.stopped}</p>
    </Notice>
  );
}

function secretWords(count: number): string {
  return counted(count, 'secret');
}
