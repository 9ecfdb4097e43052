import type { Document } from './documents.ts';

/** Every error code with its status and the first sentence of its page. */
export function ErrorsIndex({ pages }: { pages: readonly Document[] }) {
  return (
    <article>
      <p>
        Every refusal is a JSON object with a <code>code</code>, which names its cause, and a{' '}
        <code>type</code>, which is the address of a page here. What they have in common is in{' '}
        <a href="/docs/reference/http-api#errors">HTTP API</a>.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <section className="scroller" tabIndex={0} aria-label="Error codes">
        <table>
          <thead>
            <tr>
              <th>Code</th>
              <th>Status</th>
              <th>Meaning</th>
            </tr>
          </thead>
          <tbody>
            {pages.map(({ url, title, markdown }) => (
              <tr key={url}>
                <td>
                  <a href={url}>
                    <code>{title}</code>
                  </a>
                </td>
                <td data-column="Status">{/\*\*(\d{3})/.exec(markdown)?.[1]}</td>
                <td data-column="Meaning">{firstSentence(markdown)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </article>
  );
}

/** What a page says first, without Markdown: below its title, or else below the first heading that text follows. */
export function firstSentence(markdown: string): string {
  const text =
    /^# .*\n+([A-Za-z`[][^\n]*)/.exec(markdown)?.[1] ??
    /^## .*\n+([A-Za-z`[][^\n]*)/m.exec(markdown)?.[1] ??
    '';
  // Before the Markdown is taken away: a `?` or a `.` in code ends no sentence.
  const sentence = /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
  return sentence.replaceAll(/[`*]/g, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}
