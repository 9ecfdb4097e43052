import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../texts/ui.ts';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import { openerNow, returnFocus } from './focus-return.ts';

interface DialogProps {
  open: boolean;
  /** Asked by Esc, a click outside, the cross. The owner decides whether it closes. */
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** `medium` for lines of code, `wide` for two columns, `side` for a drawer at the right edge. */
  shape?: 'narrow' | 'medium' | 'wide' | 'side';
  /** It stays until its owner closes it: no cross, and Esc does nothing. */
  lasting?: boolean;
  /** Nothing of the page behind it is seen. */
  covering?: boolean;
}

const SHAPES = {
  narrow: 'sm:max-w-md sm:rounded-dialog sm:m-auto',
  medium: 'sm:max-w-xl sm:rounded-dialog sm:m-auto',
  wide: 'sm:max-w-3xl sm:rounded-dialog sm:m-auto',
  side: 'sm:max-w-lg sm:ml-auto sm:h-full sm:max-h-none sm:border-y-0 sm:border-r-0',
} as const;

/**
 * Radix's dialog, which keeps the focus inside, on a backdrop of our own: Radix's overlay writes a `<style>`
 * element, which the content security policy refuses. On a phone it fills the screen.
 */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  shape = 'narrow',
  lasting = false,
  covering = false,
}: DialogProps) {
  useScrollLock(open);
  const content = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLElement>(null);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && !lasting && onClose()}>
      <Radix.Portal>
        <div
          className={classes('fade-in fixed inset-0 z-50', covering ? 'bg-bg' : 'bg-black/50')}
          aria-hidden="true"
        />
        <Radix.Content
          ref={content}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            opener.current = openerNow();
            firstStop(content.current)?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus(opener.current);
          }}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={classes(
            'fixed inset-0 z-50 flex h-dvh w-full flex-col overflow-y-auto border-border bg-surface text-ink',
            'sm:h-fit sm:max-h-[calc(100dvh-48px)] sm:border sm:shadow-xl',
            'outline-none fade-in',
            SHAPES[shape],
          )}
        >
          <header className="sticky top-0 z-10 flex items-start justify-between gap-4 bg-surface px-4 pt-4 pb-2 sm:px-6 sm:pt-5">
            {/* As high as the cross, so that the two are on one line. */}
            <Radix.Title className="flex min-h-(--icon-button) min-w-0 items-center text-18 font-semibold">
              <span className="min-w-0 break-words">{title}</span>
            </Radix.Title>
            {!lasting && (
              <Radix.Close asChild>
                <IconButton icon="close" label={t.close} />
              </Radix.Close>
            )}
          </header>
          <div className="px-4 pb-5 sm:px-6 sm:pb-6">
            {description !== undefined && (
              <Radix.Description className="mb-4 text-14 text-muted">{description}</Radix.Description>
            )}
            {children}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The first field of a form; else the dialog itself, whose title is then read. Never the cross. */
function firstStop(content: HTMLElement | null): HTMLElement | null {
  return (
    content?.querySelector<HTMLElement>('form :is(input,select,textarea):not([hidden],[readonly])') ?? content
  );
}

/** By a class, not by an inline style. Several dialogs may stand one on the other. */
let locks = 0;
function useScrollLock(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    locks++;
    document.documentElement.classList.add('overflow-hidden');
    return () => {
      if (--locks === 0) document.documentElement.classList.remove('overflow-hidden');
    };
  }, [active]);
}

/** The buttons at a dialog's end: side by side, one under the other on a phone. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>;
}
