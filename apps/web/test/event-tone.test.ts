import { describe, expect, it } from 'vitest';
import { eventTone } from '../src/dashboard/event-tone.ts';

const failed = (reason: string | null) => eventTone({ outcome: 'failure', reason });

describe('the colour of an event', () => {
  it('is red for what someone should look at, also where the reason is not known', () => {
    for (const reason of [
      'invalid_code',
      'code_already_used',
      'credentials_invalid',
      'locked',
      'device_reused',
      null,
    ])
      expect(failed(reason)).toBe('failure');
    expect(failed('a_reason_of_a_newer_version')).toBe('failure');
  });

  it('is neutral for everyday work', () => {
    for (const reason of ['client_exists', 'totp_required', 'client_not_found', 'pending', 'device_expired'])
      expect(failed(reason)).toBe('everyday');
  });

  it('is that of a success whatever the reason', () => {
    expect(eventTone({ outcome: 'success', reason: 'client_exists' })).toBe('success');
  });
});
