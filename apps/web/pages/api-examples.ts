import { exampleOf, type Operation } from './openapi.ts';

/** The tabs where an SDK is shown beside curl. An `id` means the same language everywhere, so the choice goes along. */
export const SDK_LANGUAGES = [
  { id: 'curl', name: 'cURL', fence: 'sh' },
  { id: 'js', name: 'TypeScript', fence: 'ts' },
  { id: 'py', name: 'Python', fence: 'py' },
  { id: 'go', name: 'Go', fence: 'go' },
] as const;

export type SdkLanguageId = (typeof SDK_LANGUAGES)[number]['id'];

/** The path with its example values, percent-encoded where that is needed, and the query parts that are required. */
export function examplePath({ path, parameters }: Operation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return encodeURIComponent(String(parameter?.example ?? exampleOf(parameter?.schema ?? {})));
  });
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map((one) => `${one.name}=${encodeURIComponent(String(one.example ?? exampleOf(one.schema)))}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

/** The JSON that a call is sent with, or null. */
export function exampleBody({ body, bodyExample }: Operation): unknown {
  return body === null ? null : (bodyExample ?? exampleOf(body));
}
