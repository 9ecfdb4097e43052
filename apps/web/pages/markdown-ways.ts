/** Where a page that can be followed in two ways has the choice: before the first of them. */
export const WAY_CHOICE = '<!-- ways -->\n';

/** The ways in which a page can be followed; the first is shown unless the reader chooses. */
export const WAYS = [
  { id: 'dashboard', name: 'In the dashboard' },
  { id: 'terminal', name: 'In the terminal' },
] as const;

const MARK = /^<!-- way: ([a-z]+) -->$/;
const END = 'both';

/**
 * Turns the marks of a document into elements: what follows `<!-- way: terminal -->` is shown to a reader who chose
 * the terminal, up to the next mark; `<!-- way: both -->` ends it.
 */
export class Ways {
  #isOpen = false;
  #isFirst = true;

  /** @returns the tags in place of a comment; empty for one that is no mark @throws at a way that does not exist */
  tagsOf(comment: string): string {
    const name = MARK.exec(comment)?.[1];
    if (name === undefined) return '';
    const end = this.#isOpen ? '</div>\n' : '';
    this.#isOpen = name !== END;
    if (!this.#isOpen) return end;
    if (!WAYS.some(({ id }) => id === name)) throw new Error(`There is no way "${name}": ${comment}`);
    const choice = this.#isFirst ? WAY_CHOICE : '';
    this.#isFirst = false;
    return `${end}${choice}<div class="in-way ${name}">\n`;
  }
}
