import { Fragment, type ReactNode } from 'react';
import { type Api, type Operation, operationUrl } from '../openapi.ts';

/** A heading that can be linked to. */
export function Titled({ id, level, children }: { id: string; level: 2 | 3; children: string }) {
  const Tag = `h${level}` as const;
  return (
    <Tag id={id}>
      {children}
      <a className="anchor" href={`#${id}`} aria-label={`Link to “${children}”`}>
        #
      </a>
    </Tag>
  );
}

/** Method and path, as they are sent. */
export function Endpoint({ method, path }: Pick<Operation, 'method' | 'path'>) {
  return (
    <code>
      <b className={`method ${method.toLowerCase()}`}>{method}</b> <Breakable text={path} />
    </code>
  );
}

/** A path that may go on in the next line after each of its parts. */
function Breakable({ text }: { text: string }) {
  return text.split(/(?<=\w\/)|(?<=\})/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text that never changes
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

const CALL = /((?:GET|POST|PUT|PATCH|DELETE) \/[\w/{}-]+)/;

/** Words of the description, in which other calls lead to their pages. */
export function Prose({ text, api }: { text: string; api: Api }): ReactNode {
  return text.split(CALL).map((part, index) => {
    const called =
      index % 2 === 1 ? api.operations.find((one) => `${one.method} ${one.path}` === part) : undefined;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text that never changes
      <Fragment key={index}>
        {called === undefined ? (
          part
        ) : (
          <a href={operationUrl(called)}>
            <code>{part}</code>
          </a>
        )}
      </Fragment>
    );
  });
}
