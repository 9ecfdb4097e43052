import { accentColours } from './accent.ts';
import { type Html, html, rasterData, styleElement } from './html.ts';
import type { Locale } from './locale.ts';
import { accentStyle, STYLE, styleSource } from './style.ts';
import { TEXTS } from './texts/all.ts';
import { durationText, fill } from './texts/fill.ts';
import type { EndReason, HostedTexts } from './texts/texts.ts';
import {
  challengeView,
  doneView,
  endedView,
  enrolView,
  recoveryCodesView,
  startView,
  type Words,
} from './views.ts';

export { accentIsReadable } from './accent.ts';
export { type Locale, localeFor } from './locale.ts';

/** What a hosted page shows. `continueUrl` is where the person goes on, if anywhere; `action` and `cancelAction` are paths of this server, which a form is posted to. */
export type HostedView =
  /** What a GET shows: a button, since a GET consumes nothing. */
  | {
      readonly kind: 'start';
      readonly purpose: 'enrol' | 'replace' | 'challenge';
      readonly action: string;
      /** Why the button led to nothing. */
      readonly problem: HostedProblem | null;
    }
  /** The form has one field, `code`. */
  | {
      readonly kind: 'enrol';
      readonly action: string;
      readonly cancelAction: string | null;
      readonly qrDataUrl: string;
      readonly otpauthUrl: string;
      /** Base32; the page groups it. */
      readonly secret: string;
      readonly account: string;
      readonly problem: HostedProblem | null;
    }
  /** The form has one field, `code`; with `recoveryCodes` there is another form, with the field `recoveryCode`. */
  | {
      readonly kind: 'challenge';
      readonly action: string;
      readonly recoveryCodes: boolean;
      readonly problem: HostedProblem | null;
    }
  /** Shown once, after the confirmation. */
  | {
      readonly kind: 'recovery-codes';
      readonly codes: readonly string[];
      readonly continueUrl: string | null;
    }
  | { readonly kind: 'done'; readonly continueUrl: string | null }
  | {
      readonly kind: 'ended';
      readonly reason: EndReason;
      /** When to try again, if that is known. */
      readonly retryAfterSeconds?: number;
    };

/** Why a code was not accepted. `new_key`: after too many wrong codes an enrolment goes on with the new key in the view. */
export interface HostedProblem {
  readonly kind:
    | 'malformed'
    | 'wrong'
    | 'used'
    | 'locked'
    | 'wait'
    | 'clock_ahead'
    | 'too_many'
    | 'new_key'
    | 'unavailable';
  readonly retryAfterSeconds?: number;
  /** The field it is about; `code` if left out. */
  readonly field?: 'code' | 'recoveryCode';
}

/** What the account has chosen for its pages. */
export interface HostedLook {
  readonly locale: Locale;
  /** Of the integrator's application, as its users know it. */
  readonly name: string;
  /** A `data:` URL of a raster image. */
  readonly logo: string | null;
  /** `#rrggbb` */
  readonly accent: string;
}

/** The headers of a hosted page but for `Content-Security-Policy`, which `hostedHeaders` adds. */
const COMMON_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
  // The page's address holds the link. A form that is posted from such a page has `Origin: null`.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
} as const;

/** The headers of a page without an accent of its own. `hostedHeaders` has those that fit any look. */
export const HOSTED_HEADERS: Readonly<Record<string, string>> = headersFor('');

/** The headers of a page of this look: they allow its style and nothing else. */
export function hostedHeaders(look: HostedLook): Readonly<Record<string, string>> {
  return headersFor(look.accent);
}

function headersFor(accent: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `style-src ${styleSource(STYLE)} ${styleSource(accentStyle(accent))}`,
    // QR codes and logos.
    'img-src data:',
    // Also of where a form's answer redirects to: a page links to `continueUrl` instead.
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { ...COMMON_HEADERS, 'content-security-policy': policy };
}

/**
 * A whole page as HTML. There is no script in it.
 * @throws TypeError when an action is no path of this server
 */
export function hostedPage(view: HostedView, look: HostedLook): string {
  const texts = TEXTS[look.locale];
  const words = wordsFor(view, look, texts);
  const title = `${words.say(titleOf(view, texts))} – ${words.say('{name}')}`;
  const problem = 'problem' in view && view.problem !== null;
  const logo = look.logo === null ? null : rasterData(look.logo);
  const page = html`<!doctype html>
<html lang="${look.locale}" dir="${texts.direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark"><meta name="format-detection" content="telephone=no">
<title>${problem ? texts.errorTitle.replace('{title}', () => title) : title}</title>
${styleElement(STYLE)}${styleElement(accentStyle(look.accent))}</head>
<body><div class="page"><header class="brand">${logo === null ? null : html`<img src="${logo}" alt="">`}<bdi>${words.say('{name}')}</bdi></header>
<main>${body(view, words)}</main></div></body></html>
`;
  return page.text;
}

/** A page without what is around it, for an element in a page of another origin. */
export interface HostedPart extends ReturnType<typeof accentColours> {
  readonly kind: HostedView['kind'];
  /** Of a link that was not begun. */
  readonly purpose: 'enrol' | 'replace' | 'challenge' | null;
  readonly reason: EndReason | null;
  readonly locale: Locale;
  readonly direction: 'ltr' | 'rtl';
  /** What `main` of the page has: markup whose attributes all have double quotes, without script and style. */
  readonly content: string;
}

/**
 * What the page shows, for `<kanda-enrol>` and `<kanda-challenge>`, which build it anew.
 * @throws TypeError when an action is no path of this server
 */
export function hostedPart(view: HostedView, look: HostedLook): HostedPart {
  const texts = TEXTS[look.locale];
  return {
    kind: view.kind,
    purpose: view.kind === 'start' ? view.purpose : null,
    reason: view.kind === 'ended' ? view.reason : null,
    locale: look.locale,
    direction: texts.direction,
    ...accentColours(look.accent),
    content: body(view, wordsFor(view, look, texts)).text,
  };
}

function wordsFor(view: HostedView, { locale, name }: HostedLook, texts: HostedTexts): Words {
  const account = view.kind === 'enrol' ? view.account : '';
  const say = (text: string) => fill(text, texts.direction, { name, account });
  return {
    texts,
    say,
    problem: (problem) => problemText(problem, locale, texts, say),
    withWait: (text, seconds) => withWait(say(text), seconds, locale, texts),
  };
}

function body(view: HostedView, words: Words): Html {
  switch (view.kind) {
    case 'start':
      return startView(view, words);
    case 'enrol':
      return enrolView(view, words);
    case 'challenge':
      return challengeView(view, words);
    case 'recovery-codes':
      return recoveryCodesView(view, words);
    case 'done':
      return doneView(view, words);
    case 'ended':
      return endedView(view, words);
  }
}

function titleOf(view: HostedView, texts: HostedTexts): string {
  switch (view.kind) {
    case 'start':
      return texts.start[view.purpose].title;
    case 'enrol':
      return texts.enrol.title;
    case 'challenge':
      return texts.challenge.title;
    case 'recovery-codes':
      return texts.recoveryCodes.title;
    case 'done':
      return texts.done.title;
    case 'ended':
      return texts.ended[view.reason].title;
  }
}

function problemText(
  problem: HostedProblem,
  locale: Locale,
  texts: HostedTexts,
  say: (text: string) => string,
): string {
  return withWait(say(texts.problems[problemKey(problem)]), problem.retryAfterSeconds, locale, texts);
}

function withWait(what: string, seconds: number | undefined, locale: Locale, texts: HostedTexts): string {
  if (seconds === undefined) return what;
  const duration = durationText(seconds, locale);
  const when = texts.problems.retryAfter.replace('{duration}', () => duration);
  // Japanese and Chinese have no space between sentences.
  return locale === 'ja' || locale === 'zh' ? what + when : `${what} ${when}`;
}

function problemKey({ kind, field }: HostedProblem): Exclude<keyof HostedTexts['problems'], 'retryAfter'> {
  const isRecovery = field === 'recoveryCode';
  switch (kind) {
    case 'malformed':
      return isRecovery ? 'recoveryMalformed' : 'malformed';
    case 'wrong':
      return isRecovery ? 'recoveryWrong' : 'wrong';
    case 'used':
      return isRecovery ? 'recoveryUsed' : 'used';
    case 'clock_ahead':
    case 'unavailable':
      return 'notNow';
    case 'too_many':
      return 'tooMany';
    case 'new_key':
      return 'newKey';
    case 'locked':
    case 'wait':
      return kind;
  }
}
