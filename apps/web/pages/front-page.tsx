import { Fragment } from 'react';
import { KeyOffer, LanguageChoice } from './api/language-choice.tsx';
import { SDK_LANGUAGES } from './api-examples.ts';
import { type Guarantee, guarantees } from './front-guarantees.ts';
import { SAMPLE_SECRET, sample } from './front-sample.ts';
import { answerTo, snippet, TASKS } from './front-snippets.ts';
import type { Highlight } from './highlight.ts';
import { codeBlock, slug } from './markdown.ts';
import { type Api, bearerInWords, operationUrl } from './openapi.ts';
import type { Repository } from './repository.ts';
import { type Assets, Html, Shell } from './shell.tsx';

export interface FrontPageProps {
  readonly repository: Repository;
  readonly api: Api;
  readonly highlight: Highlight;
  readonly assets: Assets;
}

const STEPS = [
  {
    title: 'Make an API key',
    text: 'It is the bearer of every call.',
    call: 'POST /api/keys',
  },
  {
    title: 'Enrol a user',
    text: 'Send a client ID; show the QR code you get back, once.',
    call: 'POST /api/totp/register',
  },
  { title: 'Check the code', text: 'Send what the user typed; read valid.', call: 'POST /api/totp/validate' },
  { title: 'Look back', text: 'Every event is in the log.', call: 'GET /api/logs' },
] as const;

export function FrontPage({ repository, api, highlight, assets }: FrontPageProps) {
  return (
    <Shell
      title="Kanda: two-factor codes for your app, on your own server"
      description="TOTP two-factor authentication as a self-hosted service. Kanda makes the secret and QR code, accepts each code once, and keeps the log."
      kind="front"
      assets={assets}
      about={api}
    >
      <main id="content">
        <section className="hero">
          <div className="pitch">
            <h1>Two-factor codes for your app, on your own server.</h1>
            <p className="lead">
              Kanda makes the secret and QR code, accepts each code once, and keeps the log. Your app makes
              three HTTP calls.
            </p>
            <Html className="run" html={codeBlock('npm start', 'sh', highlight, 'In Kanda’s folder')} />
            <p className="fine">
              Node 20 or newer is all it needs. One process, one folder, no other service.
            </p>
            <p className="actions">
              <a className="button primary" href="/docs/start/quickstart">
                Get started
              </a>
              <a className="button" href="/docs/reference/api">
                API reference
              </a>
            </p>
          </div>
          <Ticket highlight={highlight} />
        </section>

        <ol className="steps">
          {STEPS.map(({ title, text, call }) => (
            <li key={title}>
              <h2>{title}</h2>
              <p>{text}</p>
              <code>{call}</code>
            </li>
          ))}
        </ol>

        <section className="snippets" aria-labelledby="the-whole-login">
          <header>
            <div>
              <h2 id="the-whole-login">The whole login, to copy</h2>
              <p>A test runs each of these against a real server, as it stands here.</p>
            </div>
            <LanguageChoice languages={SDK_LANGUAGES} />
          </header>
          <div className="tasks">
            {TASKS.map(({ id, title, text }) => (
              <article key={id}>
                <header>
                  <h3>{title}</h3>
                  <p>{text}</p>
                </header>
                {SDK_LANGUAGES.map(({ id: language, fence, name }) => (
                  <Html
                    key={language}
                    className={`in-language ${language}`}
                    html={codeBlock(snippet(repository, id, language), fence, highlight, name)}
                  />
                ))}
                <Answer json={answerTo(repository, id)} highlight={highlight} />
              </article>
            ))}
          </div>
          <KeyOffer />
          <p>
            In your framework: <Frameworks />, or plain <a href="/docs/guides/javascript">JavaScript</a> and{' '}
            <a href="/docs/guides/python">Python</a>.
          </p>
        </section>

        <Guarantees rows={guarantees(repository)} />
        <Endpoints api={api} />
      </main>
    </Shell>
  );
}

function Answer({ json, highlight }: { json: string | null; highlight: Highlight }) {
  return json === null ? null : <Html className="gets" html={codeBlock(json, 'json', highlight, 'Answer')} />;
}

/** Text whose code stands between backticks. */
function WithCode({ text }: { text: string }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}

/** A real answer of the call that enrols, with the QR code that it holds. Any authenticator app can scan it. */
function Ticket({ highlight }: { highlight: Highlight }) {
  const { otpauthUrl, path, size } = sample();
  const answer = {
    clientId: 'user-123',
    secret: SAMPLE_SECRET,
    otpauthUrl,
    qrDataUrl: 'data:image/png;base64,…',
  };
  const json = codeBlock(JSON.stringify(answer, null, 2), 'json', highlight, '201 Created');
  return (
    <figure className="ticket" aria-label="What Kanda answers when you enrol a user">
      <div className="stub">
        <svg
          className="qr"
          viewBox={`0 0 ${size} ${size}`}
          width={size * 4}
          height={size * 4}
          shapeRendering="crispEdges"
          role="img"
          aria-label="QR code that adds MyApp, alice@example.com, to an authenticator app. The same secret is written beside it."
        >
          <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
          <path fill="#000" d={path} />
        </svg>
        <div className="scan">
          <p className="fine">Scan it: it is real, and its key is public.</p>
          <dl>
            <dt>Setup key</dt>
            <dd>
              <code>{SAMPLE_SECRET.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
            </dd>
          </dl>
          <div className="live" data-live-code={SAMPLE_SECRET} hidden />
        </div>
      </div>
      <Html
        className="coupon"
        // Where the one long line may be broken.
        html={json.replaceAll('&amp;', '<wbr>&amp;')}
      />
    </figure>
  );
}

function Guarantees({ rows }: { rows: readonly Guarantee[] }) {
  return (
    <section className="guarantees" aria-labelledby="what-it-guarantees">
      <h2 id="what-it-guarantees">What is tried, and what holds</h2>
      <p>
        Each line names the tests that show it, as do{' '}
        <a href="/docs/guarantees#what-an-attacker-tries-and-the-test-that-shows-what-happens">all others</a>.
        What is said of elsewhere was <a href="/docs/operating/comparison">measured with the same logins</a>.
      </p>
      <ul>
        {rows.map(({ attempt, holds, tests, elsewhere }) => (
          <li key={attempt}>
            <div>
              <h3>{attempt}</h3>
              {elsewhere !== null && <p className="elsewhere">Elsewhere: {elsewhere}</p>}
            </div>
            <p>
              <WithCode text={holds} />.
            </p>
            <ul className="tests" aria-label="Tests">
              {tests.slice(0, 2).map(({ file, names }) => (
                <li key={file}>
                  <code>{file}</code>
                  {names[0] !== undefined && <span>“{names[0]}”</span>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Endpoints({ api }: { api: Api }) {
  const tags = api.tags.filter(({ name }) => api.operations.some(({ tag }) => tag === name));
  return (
    <section className="endpoints" aria-labelledby="endpoints">
      <h2 id="endpoints">The whole API: {api.operations.length} calls</h2>
      <p>
        JSON in, JSON out. The bearer is a token, or an API key itself.{' '}
        <a href="/docs/reference/api">All calls</a>
      </p>
      {tags.map(({ name }) => (
        <section key={name} aria-labelledby={`calls-${slug(name)}`}>
          <h3 id={`calls-${slug(name)}`}>{name}</h3>
          <ul>
            {api.operations
              .filter(({ tag }) => tag === name)
              .map((operation) => (
                <li key={operation.id}>
                  <a href={operationUrl(operation)}>
                    <code>
                      <b className={`method ${operation.method.toLowerCase()}`}>{operation.method}</b>{' '}
                      {operation.path}
                    </code>
                  </a>
                  <code className="scope">{bearerInWords(operation)}</code>
                  <span>{operation.summary}</span>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** Links to the guides that are whole applications. */
function Frameworks() {
  return ['Express', 'Fastify', 'Next.js', 'FastAPI', 'Django', 'Go'].map((name, index) => (
    <Fragment key={name}>
      {index > 0 && ', '}
      <a href={`/docs/guides/${name.toLowerCase().replace('.', '')}`}>{name}</a>
    </Fragment>
  ));
}
