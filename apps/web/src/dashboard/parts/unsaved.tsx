import { useBlocker } from '@tanstack/react-router';
import { t } from '../../texts/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';

/** Asks before a page is left on which something was changed and not saved; closing the tab asks, too. */
export function Unsaved({ when, what }: { when: boolean; what: string }) {
  const blocker = useBlocker({
    shouldBlockFn: () => when,
    enableBeforeUnload: () => when,
    withResolver: true,
  });
  const stay = () => blocker.reset?.();
  return (
    <Dialog
      open={blocker.status === 'blocked'}
      title={t.leaveWithoutSaving(what)}
      description={t.changesLost}
      onClose={stay}
    >
      <DialogActions>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          {t.leave}
        </Button>
        <Button look="primary" onClick={stay}>
          {t.stay}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
