/**
 * Whether it is worth asking who is signed in. The session cookie is invisible to scripts, and a question that
 * is answered with 401 appears in the console as an error; so signing in leaves a note, which says nothing
 * about whom, and only these pages rely on it. It holds when it was written, so that each sign-in changes it and
 * the browser tells the other tabs.
 */
const NOTE = 'kanda-signed-in';
/** When a person signed out, which is no session that ran out. */
const LEFT = 'kanda-signed-out';

/** To be called when a sign-in has succeeded. */
export function noteSignedIn(): void {
  try {
    localStorage.setItem(NOTE, String(Date.now()));
  } catch {
    // Storage is closed: the front page then shows itself as to a stranger.
  }
}

/** To be called when the session has ended, by whatever way it shows. */
export function noteSignedOut(): void {
  try {
    localStorage.removeItem(NOTE);
  } catch {
    // As above.
  }
}

/** To be called when a person has ended it here: other tabs then say so. */
export function noteLeft(): void {
  noteSignedOut();
  try {
    localStorage.setItem(LEFT, String(Date.now()));
  } catch {
    // As above.
  }
}

/** When a person last signed out in this browser; null: never, for all that is known. */
export function lastLeft(): string | null {
  try {
    return localStorage.getItem(LEFT);
  } catch {
    return null;
  }
}

/** False when no user can be signed in from this browser. */
export function maybeSignedIn(): boolean {
  try {
    return localStorage.getItem(NOTE) !== null;
  } catch {
    return false;
  }
}

/** Calls back when another tab of this browser signs in, finds its session ended, or signs out (`left`). */
export function onOtherTab(told: (left: boolean) => void): void {
  addEventListener('storage', ({ key }) => {
    if (key === NOTE || key === LEFT) told(key === LEFT);
  });
}
