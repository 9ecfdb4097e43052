/** A signal that comes again within this time is the same one, passed on. */
const REPEATED_WITHIN_MS = 2_000;

/**
 * The signal that asks this process to stop: SIGTERM, SIGINT, or the SIGHUP of a terminal that was closed. Without a
 * terminal SIGHUP usually asks a daemon to read its configuration again; Kanda reads it once, so it says that and goes
 * on, where Node would end the process in the middle of its calls. A second signal of a kind ends it at once.
 */
export function stopSignal(onNotice: (message: string) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stopAt = (signal: NodeJS.Signals) =>
      process.once(signal, () => {
        const repeated = () => undefined;
        process.on(signal, repeated);
        setTimeout(() => process.off(signal, repeated), REPEATED_WITHIN_MS).unref();
        resolve(signal);
      });
    stopAt('SIGTERM');
    stopAt('SIGINT');
    if (process.stdin.isTTY) stopAt('SIGHUP');
    else
      process.on('SIGHUP', () =>
        onNotice('SIGHUP is ignored: settings and keys are read once. Restart the server.'),
      );
  });
}
