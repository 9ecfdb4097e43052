import '../styles/app.css';
import '../ui/ui.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { noteSignedOut } from '../signed-in.ts';
import { ToastProvider } from '../ui/toast.tsx';
import { markPage } from './mode.ts';
import { dashboardPath } from './own-url.ts';
import { createQueries } from './queries.ts';
import { createDashboardRouter } from './router.tsx';
import { whenSessionEnds } from './session-end.ts';

markPage();
const queries = createQueries();
const router = createDashboardRouter(queries);
whenSessionEnds(() => {
  noteSignedOut();
  if (location.pathname === '/signin') return;
  void router.navigate({ to: '/signin', search: { next: ownAddress() } }).then(() => queries.clear());
});

/** Where to come back to after signing in again. */
function ownAddress(): string {
  return dashboardPath(new URL(location.href)) ?? '/dashboard';
}

const place = document.getElementById('app');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
