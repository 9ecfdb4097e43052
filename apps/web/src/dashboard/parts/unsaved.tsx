import { useBlocker } from '@tanstack/react-router';
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
      title={`Leave without saving ${what}?`}
      description="What you changed is lost."
      onClose={stay}
    >
      <DialogActions>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
        <Button look="primary" onClick={stay}>
          Stay
        </Button>
      </DialogActions>
    </Dialog>
  );
}
