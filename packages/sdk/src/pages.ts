/** A list that comes a page at a time: `for await (const client of kanda.clients.list()) …` */

export interface Page<T> {
  readonly data: readonly T[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

export class Pages<T> implements AsyncIterable<T> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<Page<T>>;

  constructor(fetchPage: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#fetchPage = fetchPage;
  }

  /** Each thing of the list. A page is asked for when it is needed, so leaving the loop early asks for no more. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** The pages as Kanda gives them. `cursor` is a `nextCursor` to go on from. */
  async *pages(cursor?: string): AsyncGenerator<Page<T>, void, undefined> {
    for (let next: string | null | undefined = cursor; next !== null; ) {
      const page: Page<T> = await this.#fetchPage(next);
      yield page;
      next = page.nextCursor;
    }
  }
}
