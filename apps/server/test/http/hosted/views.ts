import type { HostedLook, HostedProblem, HostedView } from '../../../src/http/hosted/hosted-page.ts';
import { TEXTS } from '../../../src/http/hosted/texts/all.ts';
import type { EndReason } from '../../../src/http/hosted/texts/texts.ts';

/** What may come from outside, in each view. */
export interface Given {
  readonly account: string;
  readonly secret: string;
  readonly otpauthUrl: string;
  readonly qrDataUrl: string;
  readonly continueUrl: string | null;
  readonly codes: readonly string[];
  readonly problem: HostedProblem | null;
}

export const GIVEN: Given = {
  account: 'alice@example.com',
  secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  otpauthUrl: 'otpauth://totp/MyApp:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  qrDataUrl: 'data:image/png;base64,iVBORw0KGgo=',
  continueUrl: 'https://shop.example/back?state=1&result=x',
  codes: ['7QK4-9RTW-2MXC', 'A2B3-C4D5-E6F7'],
  problem: null,
};

export const LOOK: HostedLook = { locale: 'en', name: 'MyApp', logo: null, accent: '#13607e' };

const ACTION = '/link/AbC-_123';

/** Every view, by a name of its own. */
export function everyView(given: Given = GIVEN): Map<string, HostedView> {
  const { codes, continueUrl, problem, ...key } = given;
  const views: [string, HostedView][] = [];
  for (const purpose of ['enrol', 'replace', 'challenge'] as const)
    views.push([`start ${purpose}`, { kind: 'start', purpose, action: ACTION, problem }]);
  views.push(['enrol', { kind: 'enrol', action: ACTION, cancelAction: `${ACTION}/cancel`, problem, ...key }]);
  for (const recoveryCodes of [true, false])
    views.push([`challenge ${recoveryCodes}`, { kind: 'challenge', action: ACTION, recoveryCodes, problem }]);
  views.push(['recovery-codes', { kind: 'recovery-codes', codes, continueUrl }]);
  views.push(['done', { kind: 'done', continueUrl }]);
  for (const reason of Object.keys(TEXTS.en.ended) as EndReason[])
    views.push([`ended ${reason}`, { kind: 'ended', reason }]);
  return new Map(views);
}
