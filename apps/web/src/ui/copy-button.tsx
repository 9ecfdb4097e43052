import { type RefObject, useEffect, useRef, useState } from 'react';
import { t } from '../texts/ui.ts';
import { Button, type ButtonLook } from './button.tsx';

const COPIED_MS = 2_000;

interface CopyButtonProps {
  /** What is copied. */
  text: string;
  /** "Copy key" */
  label: string;
  /** Where the text stands: it is selected when the browser refuses to copy. */
  source: RefObject<HTMLElement | null>;
  look?: ButtonLook;
  className?: string;
}

/**
 * Says "Copied" only after the browser has written. Where it refuses, as over plain HTTP, the text is left
 * selected, and the button says which keys copy it.
 */
export function CopyButton({ text, label, source, look = 'secondary', className }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const copy = async () => {
    clearTimeout(timer.current);
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
      timer.current = setTimeout(() => setOutcome(null), COPIED_MS);
    } catch {
      if (source.current !== null) select(source.current);
      setOutcome('refused');
    }
  };

  const words = { copied: t.copied, refused: t.press(copyKeys()) };
  return (
    <Button
      look={look}
      icon={outcome === 'copied' ? 'accepted' : 'copy'}
      {...(className === undefined ? {} : { className })}
      onClick={copy}
    >
      <span aria-live="polite">{outcome === null ? label : words[outcome]}</span>
    </Button>
  );
}

function select(element: HTMLElement): void {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    element.select();
    return;
  }
  const selection = getSelection();
  if (selection === null) return;
  selection.selectAllChildren(element);
}

function copyKeys(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘C' : 'Ctrl+C';
}
