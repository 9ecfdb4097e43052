import { queryOptions } from '@tanstack/react-query';
import { api, ask, type GettingStarted } from './api.ts';
import type { Mode } from './mode.ts';

/** What is known of the list of first steps, in the half that the dashboard shows. */
export type Progress = Pick<GettingStarted, 'twoFactor' | 'installation' | 'dismissed'> & {
  steps: GettingStarted['live'];
};

export const gettingStartedQuery = queryOptions({
  queryKey: ['getting-started'],
  queryFn: () => ask(api.GET('/api/auth/getting-started')),
});

const NOTHING_YET: Progress['steps'] = {
  apiKey: false,
  user: false,
  codeAccepted: false,
  appConnected: false,
};

/** That of the half; a half that is not there has done nothing yet. */
export function progressIn(mode: Mode, { live, test, ...rest }: GettingStarted): Progress {
  return { ...rest, steps: (mode === 'test' ? test : live) ?? NOTHING_YET };
}

/**
 * What was last known in this browser, so that the next page holds as much room as its list will take. Believed by no one
 * else, and replaced as soon as the server has answered.
 */
const NOTE = 'kanda-progress';

/** Notes what the server has said. */
export function noteProgress(mode: Mode, userId: string, { installation, ...progress }: Progress): void {
  const done = installation === null ? null : { ...installation, masterKeyId: '' };
  try {
    localStorage.setItem(`${NOTE}-${mode}-${userId}`, JSON.stringify({ ...progress, installation: done }));
  } catch {
    // Storage is closed: the next page holds the room of a newcomer's.
  }
}

/** What the account has probably done; of one never seen here, nothing. */
export function expectedProgress(mode: Mode, userId: string): Progress {
  let noted: Partial<Progress> = {};
  try {
    noted = (JSON.parse(localStorage.getItem(`${NOTE}-${mode}-${userId}`) ?? '{}') ??
      {}) as Partial<Progress>;
  } catch {
    // As above.
  }
  return {
    steps: { ...NOTHING_YET, ...noted.steps },
    twoFactor: noted.twoFactor === true,
    installation: noted.installation ?? null,
    dismissed: noted.dismissed === true,
  };
}
