import { DocsPage, type DocsPageProps, INDEX, type NavGroup, type NavItem } from '../docs-page.tsx';
import type { Highlight } from '../highlight.ts';
import { slug } from '../markdown.ts';
import { type Api, type Operation, operationUrl, titleOf } from '../openapi.ts';
import type { SearchablePage } from '../search-index.ts';
import { type Page, page } from '../shell.tsx';
import { ApiIndex, apiHeadings, operationsOf } from './index-page.tsx';
import { OperationPage, operationHeadings } from './operation-page.tsx';
import type { Problem } from './problems.ts';

/** The index of the operations, which was one page of all of them. */
export const API_REFERENCE: NavItem = { url: '/docs/reference/api', label: 'API reference' };

export interface ApiPagesProps {
  readonly api: Api;
  readonly highlight: Highlight;
  readonly problems: ReadonlyMap<string, Problem>;
  readonly common: Pick<DocsPageProps, 'about' | 'assets' | 'nav' | 'searchUrl'>;
}

/** The index, and a page for each operation. */
export function apiPages({ api, highlight, problems, common }: ApiPagesProps): Page[] {
  const order = [API_REFERENCE, ...api.tags.flatMap(({ name }) => operationsOf(api, name).map(itemOf))];
  const ofOperation = (operation: Operation) =>
    page(
      operationUrl(operation),
      <DocsPage
        {...common}
        nav={operationNavigation(api, operation)}
        order={order}
        url={operationUrl(operation)}
        title={titleOf(operation)}
        description={`${operation.method} ${operation.path}: ${operation.summary}.`}
        trail={[INDEX, API_REFERENCE]}
        headings={operationHeadings(operation)}
      >
        <OperationPage operation={operation} api={api} highlight={highlight} problems={problems} />
      </DocsPage>,
    );
  const index = page(
    API_REFERENCE.url,
    <DocsPage
      {...common}
      url={API_REFERENCE.url}
      title={API_REFERENCE.label}
      description="Every call of Kanda's HTTP API, by what it is about."
      trail={[INDEX]}
      headings={apiHeadings(api)}
    >
      <ApiIndex api={api} />
    </DocsPage>,
  );
  return [index, ...api.operations.map(ofOperation)];
}

/** On an operation's page the contents are the operations of its noun, and the other nouns. */
function operationNavigation(api: Api, { tag }: Operation): NavGroup[] {
  const others = api.tags.filter(({ name }) => name !== tag);
  return [
    { name: '', items: [API_REFERENCE] },
    { name: tag, items: operationsOf(api, tag).map(itemOf) },
    {
      name: 'Other calls',
      items: others.map(({ name }) => ({ url: `${API_REFERENCE.url}#${slug(name)}`, label: name })),
    },
  ];
}

function itemOf(operation: Operation): NavItem {
  return { url: operationUrl(operation), label: titleOf(operation) };
}

/** An operation is found by its name, its path, and the words of what it does and takes. */
export function operationSections(api: Api): SearchablePage[] {
  return api.operations.map((operation) => {
    const { id, method, path, summary, description, parameters, body } = operation;
    const names = [...parameters.map(({ name }) => name), ...Object.keys(body?.properties ?? {})];
    const text = `${id}. ${summary}. ${description ?? ''} ${names.join(' ')}`;
    return {
      url: operationUrl(operation),
      title: titleOf(operation),
      group: API_REFERENCE.label,
      sections: [{ id: null, heading: `${method} ${path}`, text }],
    };
  });
}
