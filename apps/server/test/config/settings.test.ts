import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/schema.ts';

describe('the table of settings', () => {
  test.each(SETTINGS.filter((setting) => setting.name !== 'KANDA_MASTER_KEY'))(
    '$name: its example and its default are values it takes',
    ({ name, example, default: fallback }) => {
      expect(() => loadConfig({ [name]: example }, {})).not.toThrow();
      if (fallback !== null) expect(loadConfig({ [name]: fallback }, {})).toEqual(loadConfig({}, {}));
    },
  );

  test('every flag is its variable in kebab-case; secrets and what OpenTelemetry has named have none', () => {
    const secret = ['KANDA_MASTER_KEY', 'KANDA_CHECKPOINT_SINK_HEADERS'];
    for (const { name, flag } of SETTINGS) {
      const expected = name.replace('KANDA_', '').toLowerCase().replaceAll('_', '-');
      expect(flag).toBe(secret.includes(name) || name.startsWith('OTEL_') ? null : expected);
    }
  });
});
