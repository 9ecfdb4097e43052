/** How far an account has come on the way to its first accepted code. */
export interface Progress {
  key: boolean;
  client: boolean;
  validation: boolean;
  twoFactor: boolean;
}

/**
 * What was last known in this browser, so that the next page holds as much room as its checklist will take. Believed
 * by no one else, and replaced as soon as the server has answered.
 */
const NOTE = 'kanda-progress';

/** Notes what the server has told. */
export function noteProgress({ key, client, validation }: Progress): void {
  try {
    localStorage.setItem(NOTE, JSON.stringify({ key, client, validation }));
  } catch {
    // Storage is closed: the next page holds the room of a newcomer's.
  }
}

/** What the account, whose second factor is known, has probably done; of one never seen here, nothing. */
export function expectedProgress(twoFactor: boolean): Progress {
  let noted: Partial<Progress> = {};
  try {
    noted = (JSON.parse(localStorage.getItem(NOTE) ?? '{}') ?? {}) as Partial<Progress>;
  } catch {
    // As above.
  }
  return {
    key: noted.key === true,
    client: noted.client === true,
    validation: noted.validation === true,
    twoFactor,
  };
}
