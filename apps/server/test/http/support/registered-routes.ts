import type { App } from '../../../src/http/server/types.ts';

export interface RegisteredRoute {
  readonly method: string;
  /** With its parameters in braces, as in openapi.json. */
  readonly path: string;
  /** `GET /api/keys/{id}` */
  readonly name: string;
}

/** Every route that the router knows, whether it is documented or not. */
export function registeredRoutes(app: App): RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  const above: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods = ''] =
      /^([│ ]*)(?:├── |└── )(\S+)(?: \((.+)\))?$/.exec(line) ?? [];
    if (part === '') continue;
    above.splice(indent.length / 4, above.length, part);
    const path = above.join('').replace(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ').filter((one) => one !== ''))
      routes.push({ method, path, name: `${method} ${path}` });
  }
  return routes;
}
