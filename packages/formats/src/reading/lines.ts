/**
 * Text that comes in pieces, line by line, without the line ends; what follows the last of them is a line, too.
 *
 * @param end what ends a line; a CR at the end of a piece is looked at together with the next piece
 */
export function* linesOf(pieces: Iterable<string>, end: RegExp): Generator<string> {
  let begun: string[] = [];
  let held = '';
  for (const piece of pieces) {
    const text = held + piece;
    held = text.endsWith('\r') ? '\r' : '';
    const lines = text.slice(0, text.length - held.length).split(end);
    begun.push(lines.shift() ?? '');
    const last = lines.pop();
    if (last === undefined) continue;
    yield begun.join('');
    yield* lines;
    begun = [last];
  }
  yield* (begun.join('') + held).split(end);
}
