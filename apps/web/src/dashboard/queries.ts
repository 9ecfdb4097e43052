import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut, Problem } from './api.ts';
import { tellSessionEnd } from './session-end.ts';

const FRESH_MS = 5_000;

/**
 * What the pages have read. Answers that hold a secret never come here, nor what was typed into a form: those live
 * in the state of the dialog that shows them (`action.ts`), and go with it.
 */
export function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        // The gate to the dashboard leads to the sign-in by itself, while nothing is shown yet.
        const atGate = query.meta?.gate === true && query.state.data === undefined;
        if (isSignedOut(error) && !atGate) tellSessionEnd(error);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // Without a network the question fails and the page says so, where it would otherwise wait in silence.
        networkMode: 'always',
        retry: (failures, error) => !(error instanceof Problem) && failures < 1,
        retryDelay: 500,
      },
    },
  });
}
