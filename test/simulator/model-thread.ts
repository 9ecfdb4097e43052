/** A node's work: it yields what it waits for, at each place where others may come in. */
export type Process = Generator<() => boolean, void, void>;

/** What a node does side by side: its batches, and each of its reads. */
export interface Thread {
  readonly process: Process;
  ready: () => boolean;
}

export const ALWAYS = () => true;

export function goOn(thread: Thread): void {
  const { value } = thread.process.next();
  if (value !== undefined) thread.ready = value;
}
