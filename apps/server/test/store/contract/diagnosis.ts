import { describe, expect, it } from 'vitest';
import { activeClient } from './adas-authenticators.ts';
import { type MakeDatabase, STEP_MS, useWorkbench } from './workbench.ts';

/** A look at a code that a user cannot log in with. */
export function describeDiagnosis(makeDatabase: MakeDatabase): void {
  describe('diagnosis', () => {
    const bench = useWorkbench(makeDatabase);

    it('accepts no code and burns none of now, is an event, and spends the one failure budget', async () => {
      const { account, first } = await activeClient(bench());
      const code = first.codeAt(bench().now);
      const diagnose = (typed: string, node = bench().store) =>
        node.diagnoseClient(
          { accountId: account.id, clientId: 'ada', number: null, code: typed },
          bench().change(),
        );
      expect(await diagnose(code)).toMatchObject({ finding: 'right_now' });
      expect(await diagnose(first.codeAt(bench().now - 9 * STEP_MS))).toMatchObject({ steps: -9 });
      expect((await bench().client(first)).lockout.failures).toBe(2);
      expect(await bench().validate(first, code)).toEqual({ valid: true });
      expect(await diagnose(code, await bench().openNode())).toMatchObject({ finding: 'already_used' });
      for (let look = 0; look < 4; look++) await diagnose(first.wrongCodeAt(bench().now, look));
      expect(await diagnose(code)).toEqual({ finding: 'locked', retryAfter: 30 });
      expect(await bench().validate(first, code)).toMatchObject({ reason: 'locked' });
      const events = await bench().events(account, { event: 'client.diagnosed' });
      expect(
        events
          .map(({ reason }) => reason)
          .reverse()
          .slice(0, 3),
      ).toEqual(['right_now', 'behind', 'already_used']);
    });
  });
}
