import '../styles/app.css';
import '../ui/ui.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { loadLanguage } from '../texts/language.ts';
import { ToastProvider } from '../ui/toast.tsx';
import { watchAccount } from './account-watch.ts';
import { dropWith, leaveTo } from './leave.ts';
import { forgetHalf, markPage } from './mode.ts';
import { createQueries } from './queries.ts';
import { createDashboardRouter } from './router.tsx';

markPage();
const queries = createQueries();
const router = createDashboardRouter(queries);

const place = document.getElementById('app');
if (place !== null) {
  const shown = createRoot(place);
  dropWith(() => {
    // Nothing may be seen of the account before, and no form may ask whether to stay.
    shown.unmount();
    queries.clear();
  });
  watchAccount(queries, () => {
    forgetHalf();
    leaveTo('/dashboard');
  });
  // Rendering takes the frame of dashboard.html away, so it waits until there is a page to put in its place,
  // and the language that it speaks.
  await Promise.all([router.load(), loadLanguage()]);
  shown.render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
