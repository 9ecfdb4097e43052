import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const TCP = { KANDA_SYSLOG: 'tcp://127.0.0.1:601' };

test('an authority or a certificate for syslog without TLS is refused, as it would check nothing', () => {
  expect(() => loadConfig({ ...TCP, KANDA_SYSLOG_CA: '/ca' }, {})).toThrow(/KANDA_SYSLOG_CA .*without TLS/);
  expect(() => loadConfig({ ...TCP, KANDA_SYSLOG_KEY: '/key' }, {})).toThrow(
    /KANDA_SYSLOG_KEY .*without TLS/,
  );
  expect(loadConfig(TCP, {})).toMatchObject({ syslog: { tls: false } });
});
