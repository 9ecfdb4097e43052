import { Link, useBlocker } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Notice, PageHeader } from '../../ui/panel.tsx';
import { useAccount } from '../account.ts';
import { ChoicesPanel } from '../exporting/choices-panel.tsx';
import { ContentsPanel } from '../exporting/contents-panel.tsx';
import { DonePanel, ProgressPanel, StoppedNotice } from '../exporting/outcome-panels.tsx';
import { useExport } from '../exporting/use-export.ts';
import { LogInAgain } from '../parts/log-in-again.tsx';

/** Takes all clients out with their secrets, into a file of the browser's downloads. */
export function ExportPage() {
  const { email, twoFactor } = useAccount();
  const state = useExport(email);
  const { run, received, done } = state;
  const leaving = useBlocker({
    shouldBlockFn: () => received !== null,
    enableBeforeUnload: () => received !== null,
    withResolver: true,
  });
  return (
    <>
      <PageHeader name="Export" title="Export users">
        <p className="mt-2 max-w-prose text-muted">
          All users with their secrets, for another program or another Kanda. You can leave at any time.
        </p>
      </PageHeader>
      <div className="flex flex-col gap-6">
        <ContentsPanel />
        {twoFactor?.active === true ? (
          <ChoicesPanel
            error={run.error}
            busy={received !== null}
            onExport={(choices) => void run.run(choices)}
          />
        ) : (
          <FactorNotice />
        )}
        {received !== null && <ProgressPanel received={received} onStop={state.stop} />}
        {state.stopped && <StoppedNotice />}
        {done !== null && <DonePanel done={done} />}
      </div>
      <LogInAgain
        open={state.isAsked}
        email={email}
        action="Sign in and export"
        run={state.confirm}
        onClose={state.cancel}
      />
      <Dialog
        open={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title="Stop the export?"
        description="Nothing is saved until the export is complete."
      >
        <DialogActions>
          <Button look="danger" onClick={() => leaving.proceed?.()}>
            Stop and leave
          </Button>
          <Button look="primary" onClick={() => leaving.reset?.()}>
            Go on exporting
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

function FactorNotice() {
  return (
    <Notice tone="warning">
      Exporting needs two-factor login that has been on for 72 hours, so that a stolen password is not enough
      for all secrets.{' '}
      <Link to="/dashboard/settings/two-factor" className="text-accent underline">
        Turn it on
      </Link>
      , or ask the server's operator for <code>kanda export</code>.
    </Notice>
  );
}
