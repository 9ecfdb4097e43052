/**
 * Whether it is worth asking who is signed in. The session cookie is invisible to scripts, and a question that
 * is answered with 401 appears in the console as an error; so signing in leaves a note, which says nothing
 * about whom, and only these pages rely on it.
 */
const NOTE = 'kanda-signed-in';

/** To be called when a sign-in has succeeded. */
export function noteSignedIn(): void {
  try {
    localStorage.setItem(NOTE, 'yes');
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

/** False when no user can be signed in from this browser. */
export function maybeSignedIn(): boolean {
  try {
    return localStorage.getItem(NOTE) !== null;
  } catch {
    return false;
  }
}
