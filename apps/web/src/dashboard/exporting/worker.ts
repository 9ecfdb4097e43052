import { speak } from '../../texts/areas.ts';
import { exporting } from '../../texts/de/exporting.tsx';
import { fetchExport } from './fetch-export.ts';
import { type AskedExport, stoppedByBrowser } from './messages.ts';

/** Beside the page, which so never has a secret: one export, and then it ends. */
addEventListener('message', ({ data }: MessageEvent<AskedExport>) => {
  // Nothing but this part says anything here.
  if (data.locale === 'de') speak({ exporting });
  void fetchExport(data, (message) => postMessage(message)).catch(() =>
    postMessage({ kind: 'failed', words: stoppedByBrowser() }),
  );
});
