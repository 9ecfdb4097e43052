import { speak } from '../../texts/areas.ts';
import { importing } from '../../texts/de/importing.tsx';
import { t } from '../../texts/importing.ts';
import type { Asked } from './messages.ts';
import { SourceReader } from './read-source.ts';
import { Unreadable } from './unreadable.ts';

/** Beside the page: reads files one after the other as they come. */
const reader = new SourceReader();

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  const { id, request, locale } = data;
  // Nothing but this part says anything here.
  if (locale === 'de') speak({ importing });
  reader.answer(request).then(
    (answer) => postMessage({ id, answer }),
    (error: unknown) => postMessage({ id, failure: wordsOf(error) }),
  );
});

function wordsOf(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  if (error instanceof RangeError) return t.tooLargeForBrowser;
  return t.couldNotRead;
}
