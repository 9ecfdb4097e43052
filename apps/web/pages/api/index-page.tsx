import type { Heading } from '../markdown.ts';
import { slug } from '../markdown.ts';
import { type Api, bearerInWords, type Operation, operationUrl, titleOf } from '../openapi.ts';
import { Endpoint, Titled } from './parts.tsx';

/** The headings of the reference: its nouns. */
export function apiHeadings(api: Api): Heading[] {
  return api.tags.map(({ name }) => ({ depth: 2, id: slug(name), text: name }));
}

/** Every operation by its noun. Each keeps the fragment that it had while all of them were on this page. */
export function ApiIndex({ api }: { api: Api }) {
  return (
    <article>
      <p className="lead">
        {api.operations.length} calls, each with a page of its own, made of{' '}
        <a href="/openapi.json">openapi.json</a>. What all of them have in common (bearers, lists, errors,
        limits) is in <a href="/docs/reference/http-api">HTTP API</a>.
      </p>
      {api.tags.map(({ name, description }) => (
        <section key={name} aria-labelledby={slug(name)}>
          <Titled id={slug(name)} level={2}>
            {name}
          </Titled>
          <p>{description}.</p>
          <ul className="operations">
            {operationsOf(api, name).map((operation) => (
              <Row key={operation.id} operation={operation} />
            ))}
          </ul>
        </section>
      ))}
    </article>
  );
}

/** The operations of a noun, in the order of the description. */
export function operationsOf(api: Api, tag: string): Operation[] {
  return api.operations.filter((operation) => operation.tag === tag);
}

function Row({ operation }: { operation: Operation }) {
  return (
    <li id={operation.id}>
      <a href={operationUrl(operation)}>{titleOf(operation)}</a>
      <Endpoint method={operation.method} path={operation.path} />
      <span className="bearer">{bearerInWords(operation)}</span>
    </li>
  );
}
