import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { PageHeader } from '../../ui/panel.tsx';
import { ChoicesPanel } from '../importing/choices-panel.tsx';
import type { FormatName } from '../importing/messages.ts';
import { PreviewPanel } from '../importing/preview-panel.tsx';
import { ProgressPanel, ResultPanel } from '../importing/result-panel.tsx';
import { SourcePanel } from '../importing/source-panel.tsx';
import { useImport } from '../importing/use-import.ts';

/** Takes over users of another program: read in the browser, shown, and then sent. */
export function ImportPage() {
  const state = useImport();
  const { source, understood, progress, done } = state;
  const formats = useFormats(state.formats);
  const leaving = useBlocker({
    shouldBlockFn: () => progress !== null,
    enableBeforeUnload: () => progress !== null,
    withResolver: true,
  });
  const isReady =
    understood !== null && understood.count > 0 && !state.read.pending && state.read.error === null;
  return (
    <>
      <PageHeader name="Import" title="Import users">
        <p className="mt-2 max-w-prose text-muted">
          Users of another program keep the secrets that their phones have. No user has to scan a QR code
          again.
        </p>
      </PageHeader>
      <div className="flex flex-col gap-6">
        {source === null ? (
          <SourcePanel onSource={(from) => state.open(from)} />
        ) : (
          <PreviewPanel source={source} formats={formats} state={state} />
        )}
        {isReady && <ChoicesPanel state={state} />}
        {progress !== null && (
          <ProgressPanel progress={progress} total={understood?.count ?? 0} onStop={state.stop} />
        )}
        {done !== null && <ResultPanel done={done} problems={understood?.problems ?? []} />}
      </div>
      <Dialog
        open={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title="Stop the import?"
        description="What was sent so far is imported. You can import the same file again."
      >
        <DialogActions>
          <Button look="danger" onClick={() => leaving.proceed?.()}>
            Stop and leave
          </Button>
          <Button look="primary" onClick={() => leaving.reset?.()}>
            Go on importing
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

function useFormats(ask: () => Promise<readonly FormatName[]>): readonly FormatName[] {
  const [formats, setFormats] = useState<readonly FormatName[]>([]);
  useEffect(() => {
    void ask().then(setFormats, () => {});
  }, [ask]);
  return formats;
}
