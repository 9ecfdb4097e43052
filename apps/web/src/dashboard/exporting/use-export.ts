import { useCallback, useEffect, useRef, useState } from 'react';
import { spokenLanguage } from '../../texts/language.ts';
import { logInAgain } from '../account.ts';
import { useAction } from '../action.ts';
import { needsLogIn } from '../api.ts';
import { modeHeader } from '../mode.ts';
import type { ProofOfSelf } from '../parts/proof-fields.tsx';
import type { ExportFormat, Received } from './messages.ts';
import { runExport, Stopped, save } from './run-export.ts';

export interface Choices {
  readonly format: ExportFormat;
  readonly isPlain: boolean;
  readonly recipient: string;
}

/** What an export has come to. It does not hold the file. */
export interface Done {
  readonly name: string;
  readonly isPlain: boolean;
  readonly received: Received;
}

const NAMES: Readonly<Record<ExportFormat, string>> = {
  kanda: 'kanda-export.ndjson',
  otpauth: 'kanda-export.txt',
  'oath-csv': 'kanda-export.csv',
};

/** Exports, and asks for a new log-in where the server does. The file goes to the browser's downloads, and is not kept. */
export function useExport(email: string) {
  const [received, setReceived] = useState<Received | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [stopped, setStopped] = useState(false);
  /** The choices that wait for a new log-in. */
  const [waiting, setWaiting] = useState<Choices | null>(null);
  const control = useRef<AbortController>(null);
  useEffect(() => () => control.current?.abort(), []);

  const run = useAction(async (choices: Choices) => {
    const { format, isPlain, recipient } = choices;
    setDone(null);
    setStopped(false);
    setReceived({ bytes: 0, secrets: null });
    control.current = new AbortController();
    const asked = {
      format,
      recipient: isPlain ? null : recipient.trim(),
      headers: modeHeader(),
      locale: spokenLanguage(),
    };
    try {
      const finished = await runExport(asked, control.current.signal, setReceived);
      const name = isPlain ? NAMES[format] : `${NAMES[format]}.age`;
      save(finished, name);
      setDone({ name, isPlain, received: finished.received });
    } catch (error) {
      if (error instanceof Stopped) setStopped(true);
      else if (needsLogIn(error)) setWaiting(choices);
      else throw error;
    } finally {
      setReceived(null);
    }
  });
  const confirm = useAction(async (proof: ProofOfSelf) => {
    if (waiting === null) return;
    await logInAgain({ email, ...proof });
    setWaiting(null);
    void run.run(waiting);
  });
  const cancel = () => {
    confirm.reset();
    setWaiting(null);
  };
  const stop = useCallback(() => control.current?.abort(), []);
  return { run, received, done, stopped, stop, isAsked: waiting !== null, confirm, cancel };
}
