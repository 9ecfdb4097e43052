import type { ReactNode } from 'react';
import { Mark } from '../src/brand/mark.tsx';
import { type Assets, type Page, page } from './shell.tsx';

/** The pages before the dashboard: painted from this text and one style sheet, made to work by `src/door`. */
export function doorPages(assets: Assets): Page[] {
  return [page('/signin', <SignIn assets={assets} />), page('/signup', <SignUp assets={assets} />)];
}

interface DoorProps {
  readonly kind: 'sign-in' | 'sign-up';
  readonly name: string;
  readonly description: string;
  readonly assets: Assets;
  readonly foot: ReactNode;
  /** What may take the place of the form, as templates. */
  readonly parts: ReactNode;
  readonly children: ReactNode;
}

function Door({ kind, name, description, assets, foot, parts, children }: DoorProps) {
  return (
    <html lang="en" data-door={kind}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${name} · Kanda`}</title>
        <meta name="description" content={description} />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <script src="/theme.js" />
        {assets.styles.map((href) => (
          <link key={href} rel="stylesheet" href={href} />
        ))}
        {assets.scripts.map((src) => (
          <script key={src} type="module" src={src} />
        ))}
        {assets.imports?.map((href) => (
          <link key={href} rel="modulepreload" href={href} />
        ))}
      </head>
      <body>
        <main id="content">
          <a className="brand" href="/">
            <Mark size={24} />
            Kanda
          </a>
          <h1>{name}</h1>
          <div data-place="">{children}</div>
          <noscript>
            <p className="notice plain">
              This page needs JavaScript, as the dashboard does. The <a href="/docs">documentation</a> and the
              command line do not.
            </p>
          </noscript>
          <div className="foot">{foot}</div>
        </main>
        {parts}
        <WithoutSession />
      </body>
    </html>
  );
}

/** The form sends nothing by itself: its button waits for the script. */
function Form({ button, password }: { button: string; password: ReactNode }) {
  return (
    <>
      <div className="summary" tabIndex={-1} />
      <form method="post">
        <div className="field">
          <label htmlFor="email">E-mail</label>
          <input id="email" type="email" required autoComplete="username" />
        </div>
        {password}
        <button type="submit" className="primary" disabled>
          {button}
        </button>
      </form>
    </>
  );
}

function Password({ which, hint }: { which: 'current-password' | 'new-password'; hint?: string }) {
  return (
    <div className="field">
      <label htmlFor="password">Password</label>
      <span className="password">
        {/* Shown as text it must not go to a spelling service, nor be changed by a phone's keyboard. */}
        <input
          id="password"
          type="password"
          required
          autoComplete={which}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          aria-describedby={hint === undefined ? undefined : 'password-hint'}
        />
        <button type="button" data-show="">
          <span data-word="">Show</span>
          <span className="sr-only"> password</span>
        </button>
      </span>
      {hint !== undefined && (
        <p id="password-hint" className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function SignIn({ assets }: { assets: Assets }) {
  return (
    <Door
      kind="sign-in"
      name="Sign in"
      description="Sign in to this Kanda's dashboard."
      assets={assets}
      parts={<SecondStep />}
      foot={
        <>
          {/* Until the server has said that registration is open, there is none. */}
          <p data-sign-up="" hidden>
            No account yet?{' '}
            <a href="/signup" data-sign-up="" hidden>
              Sign up
            </a>
          </p>
          <p>
            Lost your password? The server's operator can reset it: <code>kanda account reset-password</code>
          </p>
        </>
      }
    >
      <Form button="Sign in" password={<Password which="current-password" />} />
    </Door>
  );
}

function SignUp({ assets }: { assets: Assets }) {
  return (
    <Door
      kind="sign-up"
      name="Sign up"
      description="Make an account on this Kanda."
      assets={assets}
      parts={
        <template data-part="closed">
          <p className="notice plain">Registration is closed. Ask the server's operator for an account.</p>
        </template>
      }
      foot={
        <p>
          You have an account? <a href="/signin">Sign in</a>
        </p>
      }
    >
      <Form
        button="Sign up"
        password={<Password which="new-password" hint="15 characters or more. A sentence is fine." />}
      />
    </Door>
  );
}

/** What replaces the form for an account that asks for a code, and the two kinds of codes. */
function SecondStep() {
  return (
    <>
      <template data-part="second-step">
        <div className="summary" tabIndex={-1} />
        <form method="post">
          <p className="who">
            <span data-email="" />
            <button type="button" className="link" data-start-again="">
              Not you?
            </button>
          </p>
          <div data-fields="" />
          <button type="submit" className="primary" disabled>
            Sign in
          </button>
          <button type="button" className="quiet" data-swap="" />
        </form>
      </template>
      <template data-part="totp">
        <div className="field">
          <label htmlFor="code">Code from your authenticator app</label>
          <input
            id="code"
            className="code"
            autoComplete="one-time-code"
            inputMode="numeric"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="000000"
          />
        </div>
      </template>
      <template data-part="recovery">
        <div className="field">
          <label htmlFor="recovery">Recovery code</label>
          <input
            id="recovery"
            className="mono"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby="recovery-hint"
          />
          <p id="recovery-hint" className="hint">
            One of the codes that you kept. Each is good once.
          </p>
        </div>
      </template>
    </>
  );
}

/** What replaces the form where a browser would keep no session. */
function WithoutSession() {
  return (
    <>
      <template data-part="plain-http">
        <div className="notice warning">
          <p>
            <strong>This page isn't on HTTPS, so your browser won't keep you signed in.</strong> Your password
            would also cross the network readable by all, so there is no form here.
          </p>
          <p>If you may log in to the server with SSH, run this on your own machine:</p>
          <figure className="code">
            <pre>
              <code data-command="" />
            </pre>
            <figcaption />
          </figure>
          <p>
            Leave it running and open{' '}
            <a data-here="" href="/signin">
              this page there
            </a>
            .
          </p>
          <p>
            For everybody: <a href="/docs/operating/running#the-pages">put a proxy with HTTPS before Kanda</a>
            .
          </p>
        </div>
      </template>
      <template data-part="unknown-proxy">
        <div className="notice warning">
          <p>
            <strong>Kanda doesn't know that this page is on HTTPS, so it can't sign you in.</strong> The
            operator can fix this: set <code>KANDA_PUBLIC_URL</code> to <code data-origin="" />, or name the
            proxy in <code>KANDA_TRUSTED_PROXIES</code>.
          </p>
          <p>
            <a href="/docs/operating/running#behind-a-reverse-proxy">Behind a reverse proxy</a>
          </p>
        </div>
      </template>
    </>
  );
}
