import { useRef } from 'react';
import { t } from '../texts/ui.ts';
import { CopyButton } from './copy-button.tsx';
import { Scrollable } from './scrollable.tsx';

interface CodeBlockProps {
  /** What is copied. */
  text: string;
  /** What is seen, where that differs: a key is masked in it. */
  shown?: string;
  label: string;
  copy?: string;
}

/** Text to take along, whole, with its button. */
export function CodeBlock({ text, shown = text, label, copy = t.copy }: CodeBlockProps) {
  const source = useRef<HTMLPreElement>(null);
  return (
    <div className="rounded-control border border-border bg-sunken">
      <Scrollable label={label} className="overflow-x-auto rounded-control p-3">
        <pre ref={source} className="font-mono text-14 leading-relaxed">
          {shown}
        </pre>
      </Scrollable>
      <div className="flex justify-end border-t border-border p-2">
        <CopyButton text={text} label={copy} source={source} />
      </div>
    </div>
  );
}
