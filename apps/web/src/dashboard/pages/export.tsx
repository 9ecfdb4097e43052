import { Link, useBlocker } from '@tanstack/react-router';
import { t } from '../../texts/exporting.ts';
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
      <PageHeader name={t.export} title={t.exportUsers}>
        <p className="mt-2 max-w-prose text-muted">{t.exportText}</p>
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
        action={t.signInAndExport}
        run={state.confirm}
        onClose={state.cancel}
      />
      <Dialog
        open={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title={t.stopQuestion}
        description={t.stopText}
      >
        <DialogActions>
          <Button look="danger" onClick={() => leaving.proceed?.()}>
            {t.stopAndLeave}
          </Button>
          <Button look="primary" onClick={() => leaving.reset?.()}>
            {t.goOn}
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

function FactorNotice() {
  return (
    <Notice tone="warning">
      {t.needsTwoFactor(
        (words) => (
          <Link to="/dashboard/settings/two-factor" className="text-accent underline">
            {words}
          </Link>
        ),
        (words) => (
          <code>{words}</code>
        ),
      )}
    </Notice>
  );
}
