import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Attempt } from '../../../src/domain/verdicts/ports.ts';
import { ORIGIN, type Phone } from '../contract/workbench.ts';
import type { Answer, Question } from './store-process.ts';

/** A real second process, which ends with the test. */
export class SecondProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'store-process.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  readonly #ended: Promise<[Answer]> = once(this.#child, 'exit').then(([code]) => [
    { failed: `the process ended with ${code}` },
  ]);
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Rejects with what the process could not do. */
  async open(path: string, masterKey: string, umask?: number): Promise<void> {
    await this.#ask({ open: { path, masterKey, ...(umask === undefined ? {} : { umask }) } });
  }

  async validate(attempts: readonly (readonly [Phone, string])[], now: number): Promise<string[]> {
    const answer = await this.#ask({
      attempts: attempts.map(
        ([{ accountId, clientId }, code]): Attempt => ({ accountId, clientId, code, origin: ORIGIN }),
      ),
      now,
    });
    return 'outcomes' in answer ? answer.outcomes : [];
  }

  async ping(): Promise<string[]> {
    const answer = await this.#ask({ ping: true });
    return 'outcomes' in answer ? answer.outcomes : [];
  }

  async close(): Promise<void> {
    this.#child.send({ close: true } satisfies Question);
    await this.#ended;
  }

  /** Ends it with no chance to tidy up. */
  async killHard(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** One question at a time: the answers carry no names. */
  #ask(question: Question): Promise<Answer> {
    const answer = this.#last.then(async (): Promise<Answer> => {
      const next = once(this.#child, 'message');
      this.#child.send(question);
      const [given] = (await Promise.race([next, this.#ended])) as [Answer];
      if ('failed' in given) throw new Error(given.failed);
      return given;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }
}
