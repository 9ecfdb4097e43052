import type { HostedProblem, HostedView } from './hosted-page.ts';
import { attributes, authenticatorUrl, type Html, html, ownPath, rasterData, webUrl } from './html.ts';
import type { HostedTexts } from './texts/texts.ts';

/** A language and how its placeholders are filled in. */
export interface Words {
  readonly texts: HostedTexts;
  /** Plain text; the template that it is put into escapes it. */
  say(text: string): string;
  /** What is wrong and, if known, for how long. */
  problem(problem: HostedProblem): string;
  /** A text filled in and, if known, for how long it holds. */
  withWait(text: string, seconds: number | undefined): string;
}

type ViewOf<K extends HostedView['kind']> = Extract<HostedView, { kind: K }>;

/** A button, so that opening the link changes nothing: mail scanners open links. */
export function startView(view: ViewOf<'start'>, words: Words): Html {
  const { texts, say } = words;
  const { text, title, button } = texts.start[view.purpose];
  return html`<h1>${say(title)}</h1>
<p>${say(text)}</p>
${problemText('start-problem', view.problem, words)}
<form method="post" action="${ownPath(view.action)}"><button class="button">${say(button)}</button></form>
<p class="note">${say(texts.keepPrivate)}</p>`;
}

/** The key as QR code, link and letters, and the first code, which confirms it. */
export function enrolView(view: ViewOf<'enrol'>, words: Words): Html {
  const { say, texts } = words;
  const { enrol } = texts;
  const qr = rasterData(view.qrDataUrl);
  // What to do about it is above the code field, so it is read first.
  const isNewKey = view.problem?.kind === 'new_key';
  return html`<h1>${say(enrol.title)}</h1>
<p>${say(enrol.account)}</p>
${isNewKey ? problemText('key-problem', view.problem, words) : null}
${openInApp(view.otpauthUrl, 'on-phone', words)}
<section aria-labelledby="add"><h2 id="add">${say(enrol.addTitle)}</h2>
<p>${say(enrol.addText)}</p>
${qr === null ? null : html`<div class="qr"><img src="${qr}" alt="${say(enrol.qrAlt)}"></div>`}
<p>${say(enrol.keyText)}</p>
<p><code class="key" dir="ltr">${inGroups(view.secret)}</code></p>
${openInApp(view.otpauthUrl, 'elsewhere', words)}</section>
<section aria-labelledby="confirm"><h2 id="confirm">${say(enrol.confirmTitle)}</h2>
<p id="code-text">${say(enrol.confirmText)}</p>
${codeForm({ action: view.action, problem: isNewKey ? null : view.problem }, 'code-text', enrol.confirmButton, words)}
${cancelForm(view.cancelAction, words)}</section>`;
}

/** A code, or a recovery code where the link takes one. */
export function challengeView(view: ViewOf<'challenge'>, words: Words): Html {
  const { say, texts } = words;
  const isRecovery = view.problem?.field === 'recoveryCode';
  return html`<h1>${say(texts.challenge.title)}</h1>
<p id="code-text">${say(texts.challenge.text)}</p>
${codeForm({ action: view.action, problem: isRecovery ? null : view.problem, focus: !isRecovery }, 'code-text', texts.challenge.button, words)}
${view.recoveryCodes ? recoveryForm(view, isRecovery ? view.problem : null, words) : null}`;
}

/** The new recovery codes, shown once. */
export function recoveryCodesView(view: ViewOf<'recovery-codes'>, { texts, say }: Words): Html {
  const { recoveryCodes } = texts;
  return html`<h1>${say(recoveryCodes.title)}</h1>
<p>${say(recoveryCodes.text)}</p>
<ul class="codes" dir="ltr" aria-label="${say(recoveryCodes.listLabel)}">${view.codes.map((code) => html`<li>${code} </li>`)}</ul>
<p>${say(recoveryCodes.keepText)}</p>
${continueLink(view.continueUrl, say(recoveryCodes.button)) ?? html`<p>${say(recoveryCodes.closeText)}</p>`}`;
}

/** Everything went well. */
export function doneView(view: ViewOf<'done'>, { texts, say }: Words): Html {
  const { title, text, button, closeText } = texts.done;
  const link = continueLink(view.continueUrl, say(button));
  return html`<h1>${say(title)}</h1>
<p>${say(link === null ? closeText : text)}</p>
${link}`;
}

/** There is nothing to do on this link any more, or not now. */
export function endedView(view: ViewOf<'ended'>, { texts, say, withWait }: Words): Html {
  const { title, text } = texts.ended[view.reason];
  return html`<h1>${say(title)}</h1>
<p>${withWait(text, view.retryAfterSeconds)}</p>`;
}

interface CodeForm {
  readonly action: string;
  readonly problem: HostedProblem | null;
  readonly focus?: boolean;
}

/** The field named `code`. It has the focus when it is the first thing to do, or is wrong. */
function codeForm(form: CodeForm, described: string, button: string, words: Words): Html {
  const { say, texts } = words;
  const field = attributes({
    autofocus: form.problem !== null || form.focus === true,
    'aria-describedby': form.problem === null ? described : `code-problem ${described}`,
    'aria-invalid': form.problem === null ? null : 'true',
  });
  return html`<form method="post" action="${ownPath(form.action)}" autocomplete="off">
${problemText('code-problem', form.problem, words)}
<label for="code">${say(texts.codeLabel)}</label>
<input class="code" id="code" name="code" type="text" dir="ltr" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required${field}>
<button class="button">${say(button)}</button></form>`;
}

/** The field named `recoveryCode`, which opens when it is asked for, or is wrong. */
function recoveryForm(view: ViewOf<'challenge'>, problem: HostedProblem | null, words: Words): Html {
  const { say, texts } = words;
  const field = attributes({
    autofocus: problem !== null,
    'aria-describedby': problem === null ? 'recovery-text' : 'recovery-problem recovery-text',
    'aria-invalid': problem === null ? null : 'true',
  });
  return html`<details${attributes({ open: problem !== null })}><summary>${say(texts.challenge.recoveryTitle)}</summary>
<form method="post" action="${ownPath(view.action)}" autocomplete="off">
<p id="recovery-text">${say(texts.challenge.recoveryText)}</p>
${problemText('recovery-problem', problem, words)}
<label for="recovery">${say(texts.challenge.recoveryLabel)}</label>
<input id="recovery" name="recoveryCode" type="text" dir="ltr" autocomplete="off" autocapitalize="none" spellcheck="false" required${field}>
<button class="button second">${say(texts.challenge.recoveryButton)}</button></form></details>`;
}

function problemText(id: string, problem: HostedProblem | null, words: Words): Html | null {
  return problem === null
    ? null
    : html`<p class="problem" role="alert" id="${id}">${words.problem(problem)}</p>`;
}

/** On a phone the first thing, elsewhere the last: the style shows one of the two. */
function openInApp(otpauthUrl: string, place: 'on-phone' | 'elsewhere', { texts, say }: Words): Html | null {
  const url = authenticatorUrl(otpauthUrl);
  if (url === null) return null;
  const look = place === 'on-phone' ? 'button' : 'button second';
  return html`<div class="${place}"><p>${say(texts.enrol.openText)}</p>
<a class="${look}" href="${url}">${say(texts.enrol.openButton)}</a></div>`;
}

function cancelForm(action: string | null, { texts, say }: Words): Html | null {
  if (action === null) return null;
  return html`<form class="cancel" method="post" action="${ownPath(action)}"><button class="button second">${say(texts.enrol.cancelButton)}</button></form>`;
}

/** Nothing for what is no page of another server: the person has finished, and an error would not help. */
function continueLink(continueUrl: string | null, text: string): Html | null {
  const url = continueUrl === null ? null : webUrl(continueUrl);
  return url === null ? null : html`<p><a class="button" href="${url}" rel="noreferrer">${text}</a></p>`;
}

/** Base32 in groups of four, as people copy it. */
function inGroups(secret: string): string {
  return secret.match(/.{1,4}/gu)?.join(' ') ?? '';
}
