/**
 * How the elements look unless the page says otherwise: by the custom properties of the first rule, whose names begin
 * with `--kanda-`, or by `::part()`. The colours are those of Kanda's pages.
 */
const STYLE = `
:host{display:block;color-scheme:inherit;font:var(--kanda-font,inherit);color:var(--kanda-color,inherit);text-align:start;
--accent:var(--kanda-accent,var(--own-accent,#13607e));--on-accent:var(--kanda-on-accent,var(--own-on-accent,#fff));
--line:var(--kanda-border,color-mix(in srgb,currentColor 55%,transparent));
--sunken:var(--kanda-sunken,color-mix(in srgb,currentColor 7%,transparent));
--danger:var(--kanda-danger,light-dark(#b3261e,#ff9d94));--radius:var(--kanda-radius,.5rem)}
:host([hidden]){display:none}
*,::before,::after{box-sizing:border-box}
:focus-visible{outline:3px solid var(--kanda-focus,light-dark(#1d5fd1,#8ab8ff));outline-offset:3px}
.page{overflow-wrap:anywhere}
.page:focus,h2:focus{outline:none}
h2,h3{text-wrap:balance}
:lang(ja){word-break:auto-phrase}
h2{margin:0 0 .75rem;font-size:1.375em;line-height:1.25}
h3{margin:0 0 .5rem;font-size:1.125em;line-height:1.35}
p{margin:0 0 1rem}
section{margin-block-start:1.5rem}
form{margin-block-end:1rem}
.page>:last-child,section>:last-child,details>:last-child,form>:last-child{margin-block-end:0}
.note{font-size:.875em}
.button{display:flex;align-items:center;justify-content:center;inline-size:100%;min-block-size:3rem;padding:.625rem 1rem;
border:1px solid var(--line);border-radius:var(--radius);background:var(--accent);color:var(--on-accent);font:inherit;
font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.button:hover{text-decoration:underline}
.page[aria-busy] .button{cursor:progress}
.button.second{background:transparent;color:inherit}
.qr{inline-size:min(100%,17rem);margin:0 auto 1.25rem;padding:.5rem;border-radius:var(--radius);background:#fff}
.qr canvas{display:block;inline-size:100%;block-size:auto;image-rendering:pixelated}
.key{display:block;margin-block-end:1rem;padding:.75rem .5rem;border-radius:var(--radius);background:var(--sunken);
text-align:center;font:1.0625em/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;word-spacing:.25em;
overflow-wrap:normal;-webkit-user-select:all;user-select:all}
.on-phone{display:none;margin-block-end:1.5rem}
@media (pointer:coarse),(max-width:30rem){.on-phone{display:block}.elsewhere{display:none}}
label{display:block;margin-block-end:.375rem;font-weight:600}
input{display:block;inline-size:100%;min-block-size:3.25rem;margin-block-end:1rem;padding:.5rem .75rem;
border:1px solid var(--line);border-radius:var(--radius);background:transparent;color:inherit;
font:1.375em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-align:start}
.code{letter-spacing:.15em}
[aria-invalid]{border:2px solid var(--danger)}
.problem{padding-inline-start:.75rem;border-inline-start:4px solid var(--danger);color:var(--danger);font-weight:600}
.cancel{margin-block-start:.75rem}
summary{min-block-size:3rem;padding-block:.75rem;font-weight:600;cursor:pointer}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.25rem 1rem;margin:0 0 1rem;padding:1rem;
list-style:none;border-radius:var(--radius);background:var(--sunken);text-align:center;
font:1.0625em/1.8 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:nowrap;-webkit-user-select:all;user-select:all}
@media (forced-colors:active){.button{border-color:ButtonText}}
@media print{.button{display:none}.codes{border:1px solid currentColor}}
`;

let sheet: CSSStyleSheet | null = null;

/** The style for a shadow root. It is made by script, so a page's `style-src` has nothing to allow. */
export function elementStyle(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}
