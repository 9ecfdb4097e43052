import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { t } from '../../texts/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Checkbox } from '../../ui/field.tsx';

interface ShownOnceProps {
  title: string;
  /** What would be lost: "the key". */
  what: string;
  /** What is ticked: "I have scanned or saved this secret". */
  tick: string;
  onDone: () => void;
  /** It is where it belongs, by proof: nothing needs to be ticked. */
  proven?: boolean;
  shape?: 'narrow' | 'medium' | 'wide';
  children: ReactNode;
}

/**
 * Shows what cannot be shown again. Done waits for the tick; Esc, a click outside, the cross, Back and closing the
 * tab ask first. What it shows lives in its owner's state alone, and goes when it closes.
 */
export function ShownOnce({
  title,
  what,
  tick,
  onDone,
  proven = false,
  shape = 'narrow',
  children,
}: ShownOnceProps) {
  const [ticked, setTicked] = useState(false);
  const saved = ticked || proven;
  const [asking, setAsking] = useState(false);
  const leaving = useRef(false);
  const mustAsk = () => !saved && !leaving.current;
  const blocker = useBlocker({
    shouldBlockFn: mustAsk,
    enableBeforeUnload: mustAsk,
    withResolver: true,
  });
  const close = () => {
    leaving.current = true;
    if (blocker.status === 'blocked') blocker.proceed();
    onDone();
  };
  const stay = () => {
    setAsking(false);
    if (blocker.status === 'blocked') blocker.reset();
  };
  return (
    <Dialog open shape={shape} title={title} onClose={() => (saved ? close() : setAsking(true))}>
      {children}
      <div className="mt-6 flex flex-col gap-4 border-t border-border pt-4 sm:flex-row sm:items-center sm:justify-between">
        {proven ? (
          <span />
        ) : (
          <Checkbox label={tick} checked={ticked} onChange={(event) => setTicked(event.target.checked)} />
        )}
        <Button look="primary" disabled={!saved} onClick={close}>
          {t.done}
        </Button>
      </div>
      <Dialog
        open={asking || blocker.status === 'blocked'}
        onClose={stay}
        title={t.closeWithoutSaving(what)}
        description={t.cannotShowAgain}
      >
        <DialogActions>
          <Button look="danger" onClick={close}>
            {t.closeWithout}
          </Button>
          <Button look="primary" onClick={stay}>
            {t.keepOpen}
          </Button>
        </DialogActions>
      </Dialog>
    </Dialog>
  );
}
