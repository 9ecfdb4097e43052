import { ACTIONS, build } from './build.ts';
import { tellDone, tellEnded } from './events.ts';
import { askLink, linkUrl, type Part } from './link.ts';
import { OFFLINE_TEXTS } from './offline-texts.ts';
import { elementStyle } from './style.ts';

/** On a server there are no elements; the module can be imported all the same. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** What was asked for, so that it can be asked for again when no answer came. */
interface Asked {
  readonly action: string | null;
  readonly fields: URLSearchParams;
}

/** Shows the pages of a link in a shadow root. */
export class LinkElement extends Base {
  static readonly observedAttributes = ['link'];

  /** What a link may be for. */
  protected readonly purposes: readonly string[] = [];
  /** Whether the first button is pressed by the element itself. */
  protected readonly beginsAtOnce: boolean = false;

  /** What is shown; anew for each link, so that an answer about an earlier one is not shown any more. */
  #page: HTMLElement | null = null;
  /** The link as it was given, and what it was when it was last begun. */
  #link: string | null = null;
  #begun: string | null = null;
  #continueUrl: string | null = null;
  #isBusy = false;

  /** The URL of a link, as `POST /api/totp/links` answers it. Set here and not as an attribute, it is not in the document. */
  get link(): string | null {
    return this.#link;
  }

  set link(url: string | null) {
    this.#link = url;
    this.#begin();
  }

  attributeChangedCallback(_name: string, _before: string | null, now: string | null): void {
    this.link = now;
  }

  connectedCallback(): void {
    // A framework may have set the property before the element was defined.
    if (Object.hasOwn(this, 'link')) {
      const { link } = this;
      delete (this as { link?: string | null }).link;
      this.#link = link;
    }
    this.#begin();
  }

  /** Shows the link from its beginning. An element that is only moved goes on as it is. */
  #begin(): void {
    if (!this.isConnected || this.#link === this.#begun) return;
    this.#begun = this.#link;
    this.#continueUrl = null;
    this.#isBusy = false;
    const root = this.shadowRoot ?? this.#open();
    const page = document.createElement('div');
    page.className = 'page';
    page.setAttribute('part', 'page');
    root.replaceChildren(page);
    this.#page = page;
    if (this.#link !== null) void this.#ask({ action: null, fields: new URLSearchParams() }, false);
  }

  #open(): ShadowRoot {
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementStyle()];
    root.addEventListener('submit', (event) => this.#submit(event as SubmitEvent));
    root.addEventListener('click', (event) => this.#click(event));
    return root;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || this.#isBusy) return;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) fields.append(name, String(value));
    void this.#ask({ action: ACTIONS.get(form) ?? '', fields }, true);
  }

  #click(event: Event): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || this.#continueUrl === null || link.href !== this.#continueUrl) return;
    event.preventDefault();
    this.#done(this.#continueUrl);
  }

  /** @param isPersons whether a person has asked for it, who then is led to what comes */
  async #ask(asked: Asked, isPersons: boolean): Promise<void> {
    const link = linkUrl(this.#link);
    const page = this.#page;
    if (page === null) return;
    if (link === null) {
      console.error(`<${this.localName}>: "link" is not the URL of a link of Kanda.`);
      this.#showUnreachable(page, asked, isPersons);
      return;
    }
    this.#isBusy = true;
    page.setAttribute('aria-busy', 'true');
    const part = await askLink(link, asked.action, asked.fields, this.#language());
    if (page !== this.#page) return;
    this.#isBusy = false;
    page.removeAttribute('aria-busy');
    if (part === null) {
      console.error(
        `<${this.localName}>: no answer of ${link.origin} that ${location.origin} may read. ` +
          'Is this origin among the returnOrigins of PUT /api/hosted-pages, and does connect-src allow the other?',
      );
      this.#showUnreachable(page, asked, isPersons);
    } else this.#show(page, part, isPersons);
  }

  #show(page: HTMLElement, part: Part, isPersons: boolean): void {
    if (part.purpose !== null && !this.purposes.includes(part.purpose)) {
      console.error(`<${this.localName}> shows no link of the purpose "${part.purpose}".`);
      tellEnded(this, 'wrong_purpose');
      return;
    }
    const content = build(part.content);
    const first = content.querySelector('form');
    if (part.kind === 'start' && this.beginsAtOnce && !isPersons && first !== null) {
      void this.#ask({ action: ACTIONS.get(first) ?? '', fields: new URLSearchParams() }, false);
      return;
    }
    page.lang = part.locale;
    page.dir = part.direction;
    page.style.setProperty('--own-accent', part.accent);
    page.style.setProperty('--own-on-accent', part.onAccent);
    this.#continueUrl = content.querySelector<HTMLAnchorElement>('a[href^="http"]')?.href ?? null;
    this.#fill(page, content, isPersons);
    if (part.kind === 'done') this.#done(this.#continueUrl);
    if (part.kind === 'ended') tellEnded(this, part.reason ?? 'unavailable');
  }

  /** Shows nodes, and leads a person who has pressed something to what to do next. */
  #fill(page: HTMLElement, content: DocumentFragment, isPersons: boolean): void {
    const field = content.querySelector<HTMLElement>('[autofocus]');
    const heading = content.querySelector<HTMLElement>('h2');
    // The page around decides what has the focus at first, and browsers follow this attribute as soon as it is there.
    field?.removeAttribute('autofocus');
    page.replaceChildren(content);
    if (!isPersons) return;
    heading?.setAttribute('tabindex', '-1');
    (field ?? heading)?.focus();
  }

  #showUnreachable(page: HTMLElement, asked: Asked, isPersons: boolean): void {
    const language = (page.lang || this.#language()).slice(0, 2).toLowerCase();
    const own = Object.hasOwn(OFFLINE_TEXTS, language) ? language : 'en';
    const { title = '', text = '', button = '', direction = 'ltr' } = OFFLINE_TEXTS[own] ?? {};
    page.lang = own;
    page.dir = direction;
    const content = build('<h1></h1><p></p><button class="button"></button>');
    for (const [selector, words] of [
      ['h2', title],
      ['p', text],
      ['button', button],
    ] as const)
      content.querySelector(selector)?.append(words);
    // The same form with the same code: Kanda answers what it has answered, and uses nothing up twice.
    content.querySelector('button')?.addEventListener('click', () => void this.#ask(asked, true));
    this.#fill(page, content, isPersons);
    tellEnded(this, 'unreachable');
  }

  #done(continueUrl: string | null): void {
    if (tellDone(this, continueUrl) && continueUrl !== null) location.assign(continueUrl);
  }

  /** Of the page around; Kanda takes it for a link that names no language. */
  #language(): string {
    return this.closest('[lang]')?.getAttribute('lang') || navigator.language;
  }
}
