/** Waits. @returns null; with what the signal was aborted with, when it was */
export function pause(
  ms: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly error: unknown } | null> {
  return new Promise((resolve) => {
    const end = (aborted: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(aborted ? { error: signal?.reason } : null);
    };
    const onAbort = () => end(true);
    const timer = setTimeout(() => end(false), ms);
    if (signal?.aborted) end(true);
    else signal?.addEventListener('abort', onAbort);
  });
}
