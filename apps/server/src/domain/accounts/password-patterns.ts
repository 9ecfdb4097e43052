/**
 * How much of a password is left when what every cracking program tries by rule is taken out: words that stand
 * in most passwords, names of its owner, runs of letters, digits or neighbouring keys, repetitions, years.
 */

/** Cost of a part, in unpredictable characters. */
const WORD_COST = 2;
const RUN_COST = 2;
const REPETITION_COST = 1;
const YEAR_COST = 1;

const MIN_RUN_LENGTH = 3;
const MIN_WALK_LENGTH = 4;
const MIN_REPETITION_LENGTH = 3;

/** What most leaked passwords are built from, besides names. */
const WORDS = `
  abc access account admin administrator amor angel apple asdf autumn azerty baby banana baseball basketball
  batman bonjour buster butterfly change changeme charlie cheese chocolate computer cookie daniel database
  default dragon facebook flower football forever freedom friend fuckyou ginger google guest hallo hannah hello
  hunter iloveyou internet jennifer jessica jesus jordan killer letmein linux liverpool login london love
  lovely manager master matrix merlin michael michelle microsoft monkey mother mustang naruto network ninja
  nothing office oracle orange p4ss pass passphrase passwd passwort password peanut pepper pokemon princess
  purple qazwsx qwerty qwertz rainbow root samsung scooter secret secure security server service shadow silver
  soccer spring starwars summer sunshine superman supervisor support sweet system taylor tequiero test testing
  thomas trustno tiger user username welcome whatever william windows winter wordpass yankees zxcvbn
  contraseña motdepasse senha parola heslo haslo wachtwoord
`
  .trim()
  .split(/\s+/);

/** The rows of a QWERTY keyboard; each begins half a key further to the right. */
const KEYS = ['1234567890-=', 'qwertyuiop[]', "asdfghjkl;'", 'zxcvbnm,./'];
const PLACE = new Map(
  KEYS.flatMap((row, y) => [...row].map((key, x): [string, { x: number; y: number }] => [key, { x, y }])),
);
/** The keys with Shift held, on the digits' row. */
const SHIFTED = new Map([...'!@#$%^&*()_+'].map((symbol, x) => [symbol, KEYS[0]?.[x] ?? symbol]));
/** As people write words to please rules about digits and symbols. */
const LEET = new Map([...'@4036$517!8+'].map((sign, index) => [sign, 'aaoegssilibt'[index] as string]));

interface Part {
  readonly length: number;
  readonly cost: number;
}

/**
 * How many characters of `folded`, which is in lower case, are unpredictable; a part that follows a pattern
 * counts as one or two, whatever its length, and separators as none. `names` are words of the owner. Counts no
 * further than `enough`.
 */
export function unpredictableLength(folded: string, names: readonly string[], enough: number): number {
  const characters = [...folded];
  const words = [...WORDS, ...names].map((word) => [...word]);
  let left = 0;
  for (let at = 0; at < characters.length && left < enough; ) {
    const part = bestPart(characters, at, words);
    left += part.cost;
    at += part.length;
  }
  return left;
}

/** The part at this place that explains the most for the least. */
function bestPart(characters: readonly string[], at: number, words: readonly (readonly string[])[]): Part {
  const one = { length: 1, cost: /^[\s._,-]$/u.test(characters[at] ?? '') ? 0 : 1 };
  const parts: Part[] = [
    one,
    { length: wordAt(characters, at, words), cost: WORD_COST },
    { length: runAt(characters, at), cost: RUN_COST },
    { length: walkAt(characters, at), cost: RUN_COST },
    { length: repetitionAt(characters, at), cost: REPETITION_COST },
    { length: /^(?:19|20)\d\d/.test(characters.slice(at, at + 4).join('')) ? 4 : 0, cost: YEAR_COST },
  ];
  return parts.reduce((best, part) => (part.length - part.cost > best.length - best.cost ? part : best));
}

/** The length of the longest word that begins here, also in its spelling with digits and symbols. */
function wordAt(characters: readonly string[], at: number, words: readonly (readonly string[])[]): number {
  let longest = 0;
  for (const word of words) {
    if (word.length <= longest || at + word.length > characters.length) continue;
    const fits = word.every((letter, index) => {
      const typed = characters[at + index] as string;
      return typed === letter || LEET.get(typed) === letter;
    });
    if (fits) longest = word.length;
  }
  return longest;
}

/** `aaaa`, `abcd`, `4321`, `2468`: the same step from one character to the next. */
function runAt(characters: readonly string[], at: number): number {
  const codes = characters.slice(at).map((character) => character.codePointAt(0) as number);
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  if (Math.abs(step) > 2) return 0;
  let length = 1;
  while (length < codes.length && (codes[length] as number) - (codes[length - 1] as number) === step)
    length++;
  return length >= MIN_RUN_LENGTH ? length : 0;
}

/** `qwerty`, `1qaz`, `!@#$`: each key beside the one before. */
function walkAt(characters: readonly string[], at: number): number {
  let length = 1;
  while (
    at + length < characters.length &&
    areNeighbours(characters[at + length - 1], characters[at + length])
  ) {
    length++;
  }
  return length >= MIN_WALK_LENGTH ? length : 0;
}

function areNeighbours(one = '', other = ''): boolean {
  const [a, b] = [one, other].map((character) => PLACE.get(SHIFTED.get(character) ?? character));
  if (a === undefined || b === undefined) return false;
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  if (dy === 0) return Math.abs(dx) === 1;
  return (dy === 1 && (dx === 0 || dx === -1)) || (dy === -1 && (dx === 0 || dx === 1));
}

/** How much of what comes here has stood before. */
function repetitionAt(characters: readonly string[], at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < characters.length && characters[from + length] === characters[at + length]) length++;
    if (length > longest) longest = length;
  }
  return longest >= MIN_REPETITION_LENGTH ? longest : 0;
}
