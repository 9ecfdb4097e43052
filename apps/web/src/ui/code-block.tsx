import { useRef } from 'react';
import { CopyButton } from './copy-button.tsx';
import { Scrollable } from './scrollable.tsx';

/** Text to take along, whole, with its button. */
export function CodeBlock({ text, label, copy = 'Copy' }: { text: string; label: string; copy?: string }) {
  const source = useRef<HTMLPreElement>(null);
  return (
    <div className="rounded-control border border-border bg-sunken">
      <Scrollable label={label} className="overflow-x-auto rounded-control p-3">
        <pre ref={source} className="font-mono text-14 leading-relaxed">
          {text}
        </pre>
      </Scrollable>
      <div className="flex justify-end border-t border-border p-2">
        <CopyButton text={text} label={copy} source={source} />
      </div>
    </div>
  );
}
