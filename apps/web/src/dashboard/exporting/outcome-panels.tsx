import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { sizeWords } from '../../ui/size-words.ts';
import type { Received } from './messages.ts';
import type { Done } from './use-export.ts';

/** How long it takes is not known before its end, so the bar has none. */
export function ProgressPanel({ received, onStop }: { received: Received; onStop: () => void }) {
  return (
    <Panel title="Exporting">
      <div className="flex flex-col gap-3 px-4 pb-5 sm:px-5">
        <progress aria-label="Exporting" className="w-full accent-accent" />
        <p className="text-14">
          {sizeWords(received.bytes)}
          {received.secrets !== null && `, ${secretWords(received.secrets)}`}
        </p>
        <div>
          <Button onClick={onStop}>Cancel</Button>
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
    <Panel title="Exported">
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        <p ref={summary} tabIndex={-1} className="rounded-badge text-14 break-words">
          <code>{name}</code> is in your downloads
          {received.secrets === null ? '.' : `, with ${secretWords(received.secrets)}.`}
        </p>
        {!isPlain && (
          <CodeBlock
            text={`age --decrypt -i key.txt -o ${bare} ${name}`}
            label="How to decrypt the file"
            copy="Copy command"
          />
        )}
        <Notice tone="warning">
          Keep no copy that you do not need, and delete the file when everything works where you have moved
          to.
        </Notice>
        <p className="text-14">
          <Link
            to="/dashboard/logs"
            search={{ event: 'client.secret_exported' }}
            className="text-accent underline"
          >
            What the log says of it
          </Link>
        </p>
      </div>
    </Panel>
  );
}

export function StoppedNotice() {
  return (
    <Notice tone="warning">
      <p role="status">
        Stopped. Nothing was saved. The log names the users whose secrets had been read until then.
      </p>
    </Notice>
  );
}

function secretWords(count: number): string {
  return count === 1 ? '1 secret' : `${count.toLocaleString('en')} secrets`;
}
