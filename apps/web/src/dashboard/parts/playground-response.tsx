import { useRef } from 'react';
import { t } from '../../texts/playground.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Scrollable } from '../../ui/scrollable.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { accountHeader } from '../acting-account.ts';
import { modeHeader } from '../mode.ts';

export interface Response {
  /** 0: no answer came. */
  status: number;
  statusText: string;
  ms: number;
  /** Indented where it is JSON. */
  text: string;
  /** The QR code that the answer holds, as a `data:` address of a PNG. */
  picture: string | null;
}

interface Request {
  method: string;
  url: string;
  body: string | null;
}

const MAX_SHOWN = 20_000;

/**
 * Makes the call. A refusal is an answer like any other: here it is what one came to see.
 * @param bearer the key or token; null: none is sent
 * @param withoutCookie so that the session does not answer for it
 */
export async function send(
  { method, url, body }: Request,
  bearer: string | null,
  withoutCookie: boolean,
): Promise<Response> {
  const begun = performance.now();
  // A key is of one half by itself; the log-in says which one the page shows.
  const headers = new Headers(bearer === null ? { ...modeHeader(), ...accountHeader() } : {});
  if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
  if (body !== null) headers.set('content-type', 'application/json');
  try {
    const response = await fetch(url, {
      method,
      headers,
      credentials: withoutCookie ? 'omit' : 'same-origin',
      ...(body === null ? {} : { body }),
    });
    const text = await response.text();
    const ms = performance.now() - begun;
    return {
      status: response.status,
      statusText: response.statusText,
      ms,
      text: readable(text),
      picture: pictureIn(text),
    };
  } catch {
    const ms = performance.now() - begun;
    return { status: 0, statusText: t.noAnswer, ms, text: t.unreachable, picture: null };
  }
}

function readable(text: string): string {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: as it came.
  }
  return shown.length > MAX_SHOWN ? t.cutAt(shown.slice(0, MAX_SHOWN), shown.length) : shown;
}

function pictureIn(text: string): string | null {
  // Nothing but a PNG is shown, whatever an answer has at this name.
  return /"qrDataUrl": ?"(data:image\/png;base64,[A-Za-z0-9+/=]+)"/.exec(text)?.[1] ?? null;
}

/** The region exists from the start, so that screen readers announce its content when it comes. */
export function ResponseView({ response }: { response: Response | null }) {
  return (
    <div role="status" aria-label={t.response}>
      {response !== null && (
        <div className="flex flex-col gap-2">
          <div className="flex items-center gap-3 text-14">
            <StatusBadge
              tone={response.status >= 200 && response.status < 300 ? 'success' : 'danger'}
              icon={response.status >= 200 && response.status < 300 ? 'accepted' : 'refused'}
            >
              {response.status === 0 ? response.statusText : `${response.status} ${response.statusText}`}
            </StatusBadge>
            <span className="font-mono text-muted">{Math.round(response.ms)} ms</span>
          </div>
          {response.picture !== null && (
            <img
              src={response.picture}
              alt={t.qrAlt}
              className="size-48 self-start rounded-control bg-white"
            />
          )}
          {response.text !== '' && <Body text={response.text} />}
        </div>
      )}
    </div>
  );
}

function Body({ text }: { text: string }) {
  const source = useRef<HTMLPreElement>(null);
  return (
    <>
      <Scrollable label={t.bodyOfResponse} className="max-h-96 overflow-auto rounded-control bg-sunken p-3">
        <pre ref={source} className="font-mono text-14">
          {text}
        </pre>
      </Scrollable>
      <CopyButton text={text} label={t.copyResponse} source={source} className="self-start" />
    </>
  );
}
