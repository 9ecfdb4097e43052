import type { QueryClient } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { accountQuery } from './account.ts';
import { isSignedOut } from './api.ts';
import { lazyPage } from './lazy-page.tsx';
import { signInAddress } from './own-url.ts';
import { Failed, Missing } from './parts/failed.tsx';
import { Shell } from './parts/shell.tsx';
import {
  clientsSearch,
  keysSearch,
  logsSearch,
  overviewSearch,
  parseSearch,
  stringifySearch,
  webhooksSearch,
} from './searches.ts';

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing });

/** What only those who are signed in see. */
function dashboardRoute(queries: QueryClient) {
  return createRoute({
    getParentRoute: () => root,
    path: '/dashboard',
    beforeLoad: async ({ location }) => {
      try {
        await queries.ensureQueryData(accountQuery);
      } catch (error) {
        if (!isSignedOut(error)) throw error;
        throw redirect({ href: signInAddress(location.href), reloadDocument: true, replace: true });
      }
    },
    component: Shell,
    errorComponent: Failed,
    notFoundComponent: Missing,
  });
}

/** The settings, with a page for each tab. */
function settingsRoutes(dashboard: ReturnType<typeof dashboardRoute>) {
  const settings = createRoute({
    getParentRoute: () => dashboard,
    path: 'settings',
    component: lazyPage(() => import('./pages/settings/layout.tsx'), 'SettingsLayout'),
  });
  const settingsHome = createRoute({
    getParentRoute: () => settings,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/dashboard/settings/account', replace: true });
    },
  });
  const accountSettings = createRoute({
    getParentRoute: () => settings,
    path: 'account',
    component: lazyPage(() => import('./pages/settings/account.tsx'), 'AccountSettings'),
  });
  const twoFactor = createRoute({
    getParentRoute: () => settings,
    path: 'two-factor',
    component: lazyPage(() => import('./pages/settings/two-factor.tsx'), 'TwoFactorSettings'),
  });
  const sessions = createRoute({
    getParentRoute: () => settings,
    path: 'sessions',
    component: lazyPage(() => import('./pages/settings/sessions.tsx'), 'SessionSettings'),
  });
  const policy = createRoute({
    getParentRoute: () => settings,
    path: 'policy',
    component: lazyPage(() => import('./pages/settings/policy.tsx'), 'PolicySettings'),
  });
  const hostedPages = createRoute({
    getParentRoute: () => settings,
    path: 'pages',
    component: lazyPage(() => import('./pages/settings/hosted-pages.tsx'), 'HostedPagesSettings'),
  });
  const keyboard = createRoute({
    getParentRoute: () => settings,
    path: 'keyboard',
    component: lazyPage(() => import('./pages/settings/keyboard.tsx'), 'KeyboardSettings'),
  });
  return settings.addChildren([
    settingsHome,
    accountSettings,
    twoFactor,
    sessions,
    policy,
    hostedPages,
    keyboard,
  ]);
}

/** For operators; the server answers no one else. */
function serverRoute(dashboard: ReturnType<typeof dashboardRoute>) {
  return createRoute({
    getParentRoute: () => dashboard,
    path: 'server',
    component: lazyPage(() => import('./pages/server.tsx'), 'ServerPage'),
  });
}

/** The list of keys, and the page of each. */
function keyRoutes(dashboard: ReturnType<typeof dashboardRoute>) {
  const keys = createRoute({
    getParentRoute: () => dashboard,
    path: 'keys',
    validateSearch: keysSearch,
    component: lazyPage(() => import('./pages/keys.tsx'), 'KeysPage'),
  });
  const key = createRoute({
    getParentRoute: () => dashboard,
    path: 'keys/$id',
    component: lazyPage(() => import('./pages/key.tsx'), 'KeyPage'),
  });
  return [keys, key] as const;
}

/** The pages and their addresses. The address holds what is selected on a page, never a secret. */
export function createDashboardRouter(queries: QueryClient) {
  const dashboard = dashboardRoute(queries);
  const overview = createRoute({
    getParentRoute: () => dashboard,
    path: '/',
    validateSearch: overviewSearch,
    component: lazyPage(() => import('./pages/overview.tsx'), 'OverviewPage'),
  });
  const clients = createRoute({
    getParentRoute: () => dashboard,
    path: 'clients',
    validateSearch: clientsSearch,
    component: lazyPage(() => import('./pages/clients.tsx'), 'ClientsPage'),
  });
  const client = createRoute({
    getParentRoute: () => dashboard,
    path: 'clients/$clientId',
    component: lazyPage(() => import('./pages/client.tsx'), 'ClientPage'),
  });
  // Not below `clients/`, where every name is a client's.
  const importing = createRoute({
    getParentRoute: () => dashboard,
    path: 'import',
    component: lazyPage(() => import('./pages/import.tsx'), 'ImportPage'),
  });
  const exporting = createRoute({
    getParentRoute: () => dashboard,
    path: 'export',
    component: lazyPage(() => import('./pages/export.tsx'), 'ExportPage'),
  });
  const webhooks = createRoute({
    getParentRoute: () => dashboard,
    path: 'webhooks',
    validateSearch: webhooksSearch,
    component: lazyPage(() => import('./pages/webhooks.tsx'), 'WebhooksPage'),
  });
  const webhook = createRoute({
    getParentRoute: () => dashboard,
    path: 'webhooks/$id',
    component: lazyPage(() => import('./pages/webhook.tsx'), 'WebhookPage'),
  });
  const logs = createRoute({
    getParentRoute: () => dashboard,
    path: 'logs',
    validateSearch: logsSearch,
    component: lazyPage(() => import('./pages/logs.tsx'), 'LogsPage'),
  });
  const playground = createRoute({
    getParentRoute: () => dashboard,
    path: 'playground',
    component: lazyPage(() => import('./pages/playground.tsx'), 'PlaygroundPage'),
  });

  return createRouter({
    routeTree: root.addChildren([
      dashboard.addChildren([
        overview,
        clients,
        client,
        importing,
        exporting,
        ...keyRoutes(dashboard),
        webhooks,
        webhook,
        logs,
        playground,
        serverRoute(dashboard),
        settingsRoutes(dashboard),
      ]),
    ]),
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultErrorComponent: Failed,
    defaultPreload: 'intent',
    defaultPreloadDelay: 80,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
