import { t } from '../../texts/importing.ts';
import type { Request } from './messages.ts';
import { SourceReader } from './read-source.ts';
import { Unreadable } from './unreadable.ts';

/** Beside the page: reads files one after the other as they come. */
const reader = new SourceReader();

addEventListener('message', ({ data }: MessageEvent<{ id: number; request: Request }>) => {
  const { id, request } = data;
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
