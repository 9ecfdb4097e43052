import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../../texts/importing.ts';
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
      <PageHeader name={t.import} title={t.importUsers}>
        <p className="mt-2 max-w-prose text-muted">{t.importText}</p>
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

function useFormats(ask: () => Promise<readonly FormatName[]>): readonly FormatName[] {
  const [formats, setFormats] = useState<readonly FormatName[]>([]);
  useEffect(() => {
    void ask().then(setFormats, () => {});
  }, [ask]);
  return formats;
}
