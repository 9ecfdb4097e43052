import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, stepAt, stepStart, totp } from '@kanda/otp';
import { all, element } from './elements.ts';

/**
 * The code of the example's public key, now: a phone that scanned it shows the same. Computed here, by
 * the same functions as the server's.
 */
export function showLiveCode(): void {
  for (const place of all('[data-live-code]')) {
    const key = createHotpKey(decodeBase32(place.dataset.liveCode ?? ''), 'SHA1');
    const digits = element('output', { ariaLive: 'off' });
    const rest = element('span', { className: 'fine' });
    place.append(element('span', { className: 'label' }, 'Your phone now shows'), digits, rest);
    const show = () => {
      const now = Date.now();
      const code = totp(key, now, DEFAULT_PARAMETERS);
      digits.value = `${code.slice(0, 3)} ${code.slice(3)}`;
      const { period } = DEFAULT_PARAMETERS;
      const next = stepStart(stepAt(now, period) + 1, period);
      rest.textContent = `for ${Math.ceil((next - now) / 1000)} s`;
    };
    show();
    setInterval(show, 1000);
    place.hidden = false;
  }
}
