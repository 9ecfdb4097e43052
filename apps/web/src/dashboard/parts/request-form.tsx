import { type FormEvent, useMemo, useRef, useState } from 'react';
import { noteLeft, noteSignedIn } from '../../signed-in.ts';
import { t } from '../../texts/playground.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Field, NativeSelect, TextArea, TextInput } from '../../ui/field.tsx';
import { Notice } from '../../ui/panel.tsx';
import { Scrollable } from '../../ui/scrollable.tsx';
import { useLookAgain } from '../account-watch.ts';
import { type Call, curlOf } from '../curl.ts';
import { forgetPhone } from '../kept-phone.ts';
import type { Operation } from '../operations.ts';
import { type Response, ResponseView, send } from './playground-response.tsx';

type Bearer = 'session' | 'key' | 'none';
type ShownBearer = Call['bearer'];

/** Any call, prefilled; the request is shown beside it as cURL. */
export function RequestForm({ operations }: { operations: readonly Operation[] }) {
  const [picked, setPicked] = useState('registerClient');
  const operation = operations.find(({ id }) => id === picked) ?? operations[0];
  const [bearer, setBearer] = useState<Bearer>('session');
  const [key, setKey] = useState('');
  if (operation === undefined) return <p className="px-5 pb-5">{t.noCalls}</p>;
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  return (
    <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
      <div className="grid gap-4 sm:grid-cols-[1.6fr_1fr]">
        <Field label={t.call}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              data-search
              value={operation.id}
              onChange={(event) => setPicked(event.target.value)}
            >
              {tags.map((tag) => (
                <optgroup key={tag} label={tag}>
                  {operations
                    .filter((each) => each.tag === tag)
                    .map((each) => (
                      <option key={each.id} value={each.id}>
                        {each.method} {each.path}
                      </option>
                    ))}
                </optgroup>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label={t.as}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={bearer}
              onChange={(event) => setBearer(event.target.value as Bearer)}
            >
              <option value="session">{t.thisSession}</option>
              <option value="key">{t.keyOrTokenChoice}</option>
              <option value="none">{t.noBearer}</option>
            </NativeSelect>
          )}
        </Field>
      </div>
      {bearer === 'key' && (
        <Field label={t.keyOrToken} hint={t.keyHint}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="password"
              autoComplete="off"
              placeholder="kan_…"
              className="font-mono"
              value={key}
              onChange={(event) => setKey(event.target.value.trim())}
            />
          )}
        </Field>
      )}
      {/* Another call begins from its own example. */}
      <Request key={operation.id} operation={operation} bearer={bearer} apiKey={key} />
    </div>
  );
}

function Request({ operation, bearer, apiKey }: { operation: Operation; bearer: Bearer; apiKey: string }) {
  const [parameters, setParameters] = useState<Record<string, string>>(() =>
    Object.fromEntries(operation.pathParameters.map(({ name, example }) => [name, example])),
  );
  const [query, setQuery] = useState('');
  const [body, setBody] = useState(operation.body ?? '');
  const { response, sending, run } = useSending(bearer, apiKey);
  const curl = useRef<HTMLPreElement>(null);

  const url = useMemo(() => {
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(parameters[name] ?? ''),
    );
    return `${path}${query === '' ? '' : `?${query.replace(/^\?/, '')}`}`;
  }, [operation.path, parameters, query]);
  const sentBody = operation.body === null ? null : body;
  const broken = sentBody !== null && !isJson(sentBody);
  const call = { method: operation.method, url, body: sentBody };
  const line = (shown: ShownBearer) => curlOf({ ...call, url: `${location.origin}${url}`, bearer: shown });
  const own = bearer === 'key' && apiKey !== '';
  const whole: ShownBearer = bearer === 'none' ? null : own ? apiKey : { variable: 'KANDA_KEY' };
  const masked = own ? `${apiKey.slice(0, 8)}…` : whole;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(call);
  };
  return (
    <form onSubmit={submit} className="flex min-w-0 flex-col gap-4">
      <p className="text-14 text-muted">{operation.summary}</p>
      {operation.pathParameters.map(({ name }) => (
        <Field key={name} label={name}>
          {(wiring) => (
            <TextInput
              {...wiring}
              className="font-mono"
              spellCheck={false}
              value={parameters[name] ?? ''}
              onChange={(event) => setParameters({ ...parameters, [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      {operation.queryParameters.length > 0 && (
        <Field label={t.query} hint={operation.queryParameters.map(({ name }) => name).join(', ')}>
          {(wiring) => (
            <TextInput
              {...wiring}
              className="font-mono"
              spellCheck={false}
              placeholder="limit=10"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
            />
          )}
        </Field>
      )}
      {operation.body !== null && (
        <Field label={t.body} error={broken ? t.noJson : null}>
          {(wiring) => (
            <TextArea
              {...wiring}
              rows={Math.min(12, body.split('\n').length + 1)}
              spellCheck={false}
              value={body}
              onChange={(event) => setBody(event.target.value)}
            />
          )}
        </Field>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          type="submit"
          look={operation.method === 'DELETE' ? 'danger' : 'primary'}
          busy={sending && t.sending}
        >
          {t.send(operation.method)}
        </Button>
      </div>
      <ResponseView response={response} />
      <div className="flex flex-col gap-2">
        <h3 className="text-14 font-semibold">{t.sameAsCurl}</h3>
        <Scrollable label={t.callAsCurl} className="overflow-x-auto rounded-control bg-sunken p-3">
          <pre ref={curl} className="font-mono text-14">
            {line(masked)}
          </pre>
        </Scrollable>
        <div>
          <CopyButton text={line(whole)} label={t.copy} source={curl} />
        </div>
        {bearer === 'session' && (
          <Notice tone="plain">
            {t.sessionIsCookie}
            <code>KANDA_KEY</code>.
          </Notice>
        )}
      </div>
    </form>
  );
}

type Sent = Parameters<typeof send>[0];

function useSending(bearer: Bearer, apiKey: string) {
  const [response, setResponse] = useState<Response | null>(null);
  const [sending, setSending] = useState(false);
  const lookAgain = useLookAgain();
  const run = async (call: Sent) => {
    if (sending) return;
    setSending(true);
    const answer = await send(call, bearer === 'key' ? apiKey : null, bearer !== 'session');
    setResponse(answer);
    setSending(false);
    if (bearer !== 'session') return;
    const changed = answer.status < 300 ? call.url : '';
    // As the sign-in and the sign-out of the pages do, for other tabs.
    if (changed === '/api/auth/login') noteSignedIn();
    if (changed === '/api/auth/logout') {
      forgetPhone();
      noteLeft();
    }
    if (answer.status === 401 || changed.startsWith('/api/auth/log')) lookAgain();
  };
  return { response, sending, run };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
