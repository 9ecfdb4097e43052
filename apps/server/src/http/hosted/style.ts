import { createHash } from 'node:crypto';
import { accentColours } from './accent.ts';

/**
 * The style of the hosted pages. Colours are custom properties, light and dark; the account's accent is one more, in a
 * style of its own (`accentStyle`). Logical properties alone, so that Arabic needs no rules of its own.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f9f8f5;--surface:#fff;--sunken:#f2f1ec;--border:#d9d7cf;--edge:#76828a;--ink:#17222a;
--muted:#4c5961;--danger:#b3261e;--danger-soft:#fdecea;--focus:#1d5fd1}
@media (prefers-color-scheme:dark){:root{--bg:#0f171c;--surface:#162027;--sunken:#0b1216;--border:#2f3b43;--edge:#7b8a94;
--ink:#e8eef1;--muted:#aab6bd;--danger:#ff9d94;--danger-soft:#3a1a18;--focus:#8ab8ff}}
*,::before,::after{box-sizing:border-box}
html{background:var(--bg);color:var(--ink);font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
text-size-adjust:100%;-webkit-text-size-adjust:100%}
body{margin:0;min-block-size:100vh;min-block-size:100dvh;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px}
.page{inline-size:min(100%,30rem);margin-inline:auto;padding:1.5rem 1rem 3rem}
.brand{display:flex;align-items:center;gap:.75rem;margin-block-end:1.25rem;font-size:1.125rem;font-weight:600}
.brand img{block-size:2.5rem;inline-size:auto;max-inline-size:8rem;object-fit:contain}
main{padding:1.5rem;background:var(--surface);border:1px solid var(--border);border-block-start:4px solid var(--accent);
border-radius:.75rem}
h1,h2{text-wrap:balance}
:lang(ja){word-break:auto-phrase}
h1{margin:0 0 .75rem;font-size:clamp(1.25rem,6vw,1.5rem);line-height:1.25}
h2{margin:0 0 .5rem;font-size:1.125rem;line-height:1.35}
p{margin:0 0 1rem}
section{margin-block-start:1.75rem;padding-block-start:1.5rem;border-block-start:1px solid var(--border)}
.note{color:var(--muted);font-size:.875rem}
form{margin-block-end:1rem}
main>:last-child,section>:last-child,details>:last-child,form>:last-child{margin-block-end:0}
.button{display:flex;align-items:center;justify-content:center;inline-size:100%;min-block-size:3rem;padding:.625rem 1rem;
border:1px solid var(--edge);border-radius:.5rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;
text-align:center;text-decoration:none;cursor:pointer}
.button:hover{text-decoration:underline}
.button.second{background:transparent;color:var(--ink)}
.qr{inline-size:min(100%,17rem);margin:0 auto 1.25rem;padding:.5rem;border-radius:.5rem;background:#fff}
.qr img{display:block;inline-size:100%;block-size:auto;image-rendering:pixelated}
.key{display:block;margin-block-end:1rem;padding:.75rem max(.5rem,calc(50% - 11ch));border-radius:.5rem;background:var(--sunken);text-align:center;
font:1.0625rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;word-spacing:.25em;overflow-wrap:normal;
-webkit-user-select:all;user-select:all}
.on-phone{display:none;margin-block-end:1.5rem}
@media (pointer:coarse),(max-width:30rem){.on-phone{display:block}.elsewhere{display:none}}
label{display:block;margin-block-end:.375rem;font-weight:600}
input{display:block;inline-size:100%;min-block-size:3.25rem;margin-block-end:1rem;padding:.5rem .75rem;
border:1px solid var(--edge);border-radius:.5rem;background:var(--bg);color:var(--ink);
font:1.375rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-align:start}
.code{letter-spacing:.15em}
[aria-invalid]{border:2px solid var(--danger)}
.problem{margin-block-end:1rem;padding:.75rem 1rem;border-inline-start:4px solid var(--danger);border-radius:.25rem;
background:var(--danger-soft);color:var(--danger);font-weight:600}
.cancel{margin-block-start:.75rem}
summary{min-block-size:3rem;padding-block:.75rem;font-weight:600;cursor:pointer}
details{margin-block-start:1.25rem;border-block-start:1px solid var(--border);padding-block-start:.5rem}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.25rem 1rem;margin:0 0 1rem;padding:1rem;
list-style:none;border-radius:.5rem;background:var(--sunken);text-align:center;
font:1.0625rem/1.8 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:nowrap;-webkit-user-select:all;user-select:all}
@media (forced-colors:active){.button{border-color:ButtonText}}
@media print{:root{--bg:#fff;--surface:#fff;--sunken:#fff;--ink:#000;--muted:#000;--border:#000}
.page{inline-size:100%}main{border:0;padding:0}.button,.not-printed{display:none}.codes{border:1px solid #000}
.codes li{break-inside:avoid}}
`.replaceAll('\n', '');

/** The style that has the account's accent. Only a colour can come from the account. */
export function accentStyle(asked: string): string {
  const { accent, onAccent } = accentColours(asked);
  return `:root{--accent:${accent};--on-accent:${onAccent}}`;
}

/** What `style-src` lists to allow the style. */
export function styleSource(css: string): string {
  return `'sha256-${createHash('sha256').update(css).digest('base64')}'`;
}
