import type { Comparison } from './front-comparison.ts';
import type { Guarantee } from './front-guarantees.ts';
import type { Highlight } from './highlight.ts';
import { codeBlock } from './markdown.ts';
import type { Api } from './openapi.ts';
import { Html } from './shell.tsx';

const SCREENS = [
  {
    file: 'dashboard.png',
    alt: 'The overview in the light theme: codes of the last day as a chart, and the newest events.',
  },
  { file: 'dashboard-dark.png', alt: 'The same overview in the dark theme.' },
] as const;

const LINKS: readonly { url: string; name: string; text: (api: Api) => string }[] = [
  { url: '/docs/start/quickstart', name: 'Quickstart', text: () => 'from nothing to an accepted code' },
  { url: '/docs/reference/api', name: 'API reference', text: (api) => `all ${api.operations.length} calls` },
  { url: '/docs/operating/running', name: 'Running it', text: () => 'HTTPS, backups, the master key' },
  { url: '/docs/guides/moving-in', name: 'Moving in', text: () => 'bring users and their secrets along' },
  { url: '/docs/start/not-yet', name: 'What it does not do', text: () => 'yet, or on purpose' },
];

/** The dashboard in both themes, as `e2e/screenshots.ts` took it. */
export function SeeIt({ pictures }: { pictures: Readonly<Record<string, string>> }) {
  return (
    <section className="see" aria-labelledby="see-it">
      <h2 id="see-it">See it</h2>
      <p>
        The dashboard comes with it: users, keys, webhooks, the log with its proofs, and a playground with a
        simulated phone.
      </p>
      <div className="screens">
        {SCREENS.map(({ file, alt }) => (
          <img
            key={file}
            src={pictures[file] ?? `/${file}`}
            alt={alt}
            width={1120}
            height={760}
            loading="lazy"
          />
        ))}
      </div>
    </section>
  );
}

/** What an attacker tries, and what holds. */
export function Guarantees({ rows }: { rows: readonly Guarantee[] }) {
  return (
    <section className="guarantees" aria-labelledby="why-it-is-safe">
      <h2 id="why-it-is-safe">Why it is safe</h2>
      <p>
        Tests show each of these lines.{' '}
        <a href="/docs/guarantees#what-an-attacker-tries-and-the-test-that-shows-what-happens">
          All guarantees, with their tests
        </a>
      </p>
      <ul>
        {rows.map(({ title, attempt, holds, more, url }) => (
          <li key={title}>
            <h3>{title}</h3>
            <p>
              {attempt}: <WithCode text={holds.charAt(0).toLowerCase() + holds.slice(1)} />.
            </p>
            <a href={url}>{more}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What became of one code here and elsewhere. */
export function Compared({ table: { headings, rows } }: { table: Comparison }) {
  return (
    <section className="compared" aria-labelledby="compared">
      <h2 id="compared">What others do with one code</h2>
      <p>
        The same right code 20 times at once, again after a restart, then 200 wrong ones. Measured by us;{' '}
        <a href="/docs/operating/comparison">how, why, and how to run it yourself</a>.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be scrolled by keyboard */}
      <div className="scroller" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {headings.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name = '', ...cells]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, index) => (
                  <td key={headings[index + 1]} data-column={headings[index + 1]}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="fine">
        The afternoon's version is what a developer writes with Express, otplib and SQLite in an afternoon.
      </p>
    </section>
  );
}

/** Where a reader goes on. */
export function Next({ api, highlight }: { api: Api; highlight: Highlight }) {
  return (
    <section className="next" aria-labelledby="next">
      <h2 id="next">Next</h2>
      <div>
        <Html
          className="run"
          html={codeBlock('npm start', 'sh', highlight, 'Run your own, in Kanda’s folder')}
        />
        <ul>
          {LINKS.map(({ url, name, text }) => (
            <li key={url}>
              <a href={url}>{name}</a> <span>{text(api)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** Text whose code is between backticks. */
function WithCode({ text }: { text: string }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
