import { Fragment } from 'react';
import { KeyOffer, LanguageChoice } from './api/language-choice.tsx';
import { SDK_LANGUAGES } from './api-examples.ts';
import { comparison } from './front-comparison.ts';
import { guarantees } from './front-guarantees.ts';
import { SAMPLE_SECRET, sample } from './front-sample.ts';
import { Compared, Guarantees, Next, SeeIt } from './front-sections.tsx';
import { answerTo, snippet, TASKS } from './front-snippets.ts';
import type { Highlight } from './highlight.ts';
import { codeBlock } from './markdown.ts';
import type { Api } from './openapi.ts';
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
    text: 'Send your ID for a user; show the QR code you get back, once.',
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
            <p className="actions">
              {/* A script makes it the dashboard or the sign-up, when there is one for this visitor. */}
              <a className="button primary" href="/docs" data-start="">
                Read the docs
              </a>
              <a className="button" href="#the-whole-login">
                See the code
              </a>
            </p>
            <p className="fine">
              Open source, {api.license}. One process, one folder, no other service. SQLite, or PostgreSQL
              when you have more than one node.
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

        <SeeIt pictures={assets.pictures ?? {}} />
        <Code repository={repository} highlight={highlight} />
        <Guarantees rows={guarantees(repository)} />
        <Compared table={comparison(repository)} />
        <Next api={api} highlight={highlight} />
      </main>
    </Shell>
  );
}

function Code({ repository, highlight }: { repository: Repository; highlight: Highlight }) {
  return (
    <section className="snippets" aria-labelledby="the-whole-login">
      <header>
        <div>
          <h2 id="the-whole-login">The whole login, to copy</h2>
          <p>A test runs each of these against a real server, exactly as shown.</p>
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
  );
}

function Answer({ json, highlight }: { json: string | null; highlight: Highlight }) {
  return json === null ? null : <Html className="gets" html={codeBlock(json, 'json', highlight, 'Answer')} />;
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
          <p className="fine">Scan it: it is real, and its secret is public.</p>
          <dl>
            <dt>Secret</dt>
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

/** Links to the guides that are whole applications. */
function Frameworks() {
  return ['Express', 'Fastify', 'Next.js', 'FastAPI', 'Django', 'Go'].map((name, index) => (
    <Fragment key={name}>
      {index > 0 && ', '}
      <a href={`/docs/guides/${name.toLowerCase().replace('.', '')}`}>{name}</a>
    </Fragment>
  ));
}
