import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAction } from '../action.ts';
import { AS_IT_IS, optionsOf, type ReadChoices, rulesOf, type SendChoices, USUAL } from './choices.ts';
import type { Source, Understood } from './messages.ts';
import { ImportReader } from './reader.ts';
import { type Progress, type Result, type Sending, sendAll } from './send.ts';

/** What an import has come to, or would come to. */
export interface Done {
  readonly results: readonly Result[];
  readonly isDry: boolean;
  /** Nothing was sent, since there are conflicts and nothing is to be imported when there is one. */
  readonly stoppedByConflicts: boolean;
}

/** Reads, shows and sends: all that the page of an import does. Nothing of it outlives the page. */
export function useImport() {
  const reader = useReader();
  const [source, setSource] = useState<Source | null>(null);
  const [reading, setReading] = useState(AS_IT_IS);
  const [sending, setSending] = useState(USUAL);
  const [understood, setUnderstood] = useState<Understood | null>(null);
  const { send, progress, done, setDone, stop } = useSending(
    reader.current,
    understood?.batches ?? 0,
    sending,
  );
  const read = useAction(async (from: Source, choices: ReadChoices) => {
    const how = { format: choices.format, options: optionsOf(choices), rules: rulesOf(sending) };
    setUnderstood(await reader.current().read(from, how));
  });
  const open = (from: Source, choices: ReadChoices = AS_IT_IS) => {
    setSource(from);
    setReading(choices);
    setDone(null);
    send.reset();
    void read.run(from, choices);
  };
  const forget = () => {
    reader.renew();
    setSource(null);
    setUnderstood(null);
    setDone(null);
    read.reset();
    send.reset();
  };
  const choose = (choices: SendChoices) => {
    setSending(choices);
    setDone(null);
    send.reset();
    if (understood !== null)
      void reader
        .current()
        .name(rulesOf(choices))
        .then(setUnderstood, () => {});
  };
  return {
    source,
    reading,
    sending,
    understood,
    progress,
    done,
    read,
    send,
    open,
    forget,
    choose,
    formats: reader.formats,
    /** Reads the source anew, as these choices say. */
    readAgain: (choices: ReadChoices) => source !== null && open(source, choices),
    stop,
  };
}

export type Import = ReturnType<typeof useImport>;

/** Sends what was read. It ends when the page is left, after the call that is under way. */
function useSending(reader: () => ImportReader, batches: number, sending: SendChoices) {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const control = useRef<AbortController>(null);
  useEffect(() => () => control.current?.abort(), []);
  const send = useAction(async (isDry: boolean) => {
    setDone(null);
    control.current = new AbortController();
    try {
      setDone(await carryOut(reader(), batches, sending, isDry, control.current.signal, setProgress));
    } finally {
      setProgress(null);
      if (!isDry) await queries.invalidateQueries();
    }
  });
  const stop = useCallback(() => control.current?.abort(), []);
  return { send, progress, done, setDone, stop };
}

async function carryOut(
  reader: ImportReader,
  batches: number,
  { onConflict, allowShortSecrets }: SendChoices,
  isDry: boolean,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Done> {
  const watch = { signal, onProgress };
  const how: Sending = {
    onConflict: onConflict === 'replace' ? 'replace' : 'skip',
    allowShortSecrets,
    dryRun: true,
  };
  if (isDry || onConflict === 'fail') {
    const results = await sendAll(reader, batches, how, watch);
    const stoppedByConflicts = !isDry && results.some(({ result }) => result === 'conflict');
    if (isDry || stoppedByConflicts || signal.aborted) return { results, isDry: true, stoppedByConflicts };
  }
  const results = await sendAll(reader, batches, { ...how, dryRun: false }, watch);
  return { results, isDry: false, stoppedByConflicts: false };
}

/** A worker while the page is there; a new one when the old one is to forget. */
function useReader() {
  const held = useRef<ImportReader>(null);
  useEffect(
    () => () => {
      held.current?.end();
      held.current = null;
    },
    [],
  );
  const current = useCallback(() => {
    held.current ??= new ImportReader();
    return held.current;
  }, []);
  const renew = useCallback(() => {
    held.current?.end();
    held.current = null;
  }, []);
  const formats = useCallback(() => current().formats(), [current]);
  return { current, renew, formats };
}
