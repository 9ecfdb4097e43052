/** Why a source cannot be read as a whole: a sentence for the person at the screen. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}
