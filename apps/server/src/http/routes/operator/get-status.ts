import { Type } from 'typebox';
import type { Figures } from '../../../domain/operator/figures.ts';
import { LEVELS } from '../../../domain/operator/finding.ts';
import { serverStatus } from '../../../domain/operator/server-status.ts';
import { answers } from '../../server/answers.ts';
import { requireOperator } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, openWords, Timestamp } from '../schemas.ts';
import { timestamp } from '../views.ts';

const Check = Type.Object(
  {
    check: Type.String({ description: 'What was looked at. The same names as in kanda doctor --json.' }),
    level: openWords(
      LEVELS,
      'fine; look: works, or cannot be known, and needs a look; problem: does not work, or is not safe.',
    ),
    found: Type.String(),
    remedy: Type.Optional(Type.String({ description: 'What to do about it.' })),
  },
  named('ServerCheck', 'What one check found.', {
    check: 'Last backup',
    level: 'problem',
    found: '2026-01-28 03:30:00 UTC, 3 days ago',
    remedy: 'Look at the timer that makes it: systemctl status kanda-backup.',
  }),
);

const View = Type.Object(
  {
    ok: Type.Boolean({ description: 'Whether no check found a problem.' }),
    at: Timestamp,
    checks: Type.Array(Check),
  },
  named('ServerStatus', 'The status of the installation.', {
    ok: true,
    at: '2026-01-31T09:30:00.000Z',
    checks: [{ check: 'Version', level: 'fine', found: 'Kanda 0.1.0, Node 24.0.0' }],
  }),
);

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** For the account that owns the installation: what `kanda doctor` finds, as far as a running server can see it. */
export function getStatus(
  app: App,
  {
    authenticate,
    clock,
    disk,
    metrics,
    publicUrl,
    version,
  }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'metrics' | 'publicUrl' | 'version'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/admin/status',
    onRequest: [authenticate(null), requireOperator],
    schema: {
      operationId: 'getServerStatus',
      summary: 'The status of this installation, for its operator',
      description:
        'Only a log-in of an account with the operator mark may ask: the first account, or one that was given it with kanda account operator. For every other bearer, API keys included, there is nothing here (404).',
      tags: ['Operations'],
      security: [{ login: [] }],
      response: answers({ 200: View }, [401, 403, 404, 503]),
    },
    async handler(request) {
      const now = clock(request);
      const figures: Figures = new Map(await metrics.figures());
      const checks = serverStatus(figures, {
        version,
        publicUrl,
        isHttps: request.protocol === 'https',
        isLocal: LOOPBACK.has(request.hostname.toLowerCase()),
        backups: { lastAt: disk.lastBackupAt, everyMs: disk.backupEveryMs },
        now,
      });
      return { ok: checks.every(({ level }) => level !== 'problem'), at: timestamp(now), checks };
    },
  });
}
