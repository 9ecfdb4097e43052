import { useQuery, useQueryClient } from '@tanstack/react-query';
import { t } from '../../texts/clients.ts';
import { Button } from '../../ui/button.tsx';
import { counted } from '../../ui/time-words.ts';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, Problem } from '../api.ts';
import { forgetPhone, isOfPhone, PHONE_PREFIX } from '../kept-phone.ts';
import { useMode } from '../mode.ts';
import { untilFull } from '../until-found.ts';
import { ErrorPanel } from './failed.tsx';

const PAGE = 200;

/** The users that the simulated phone has made in the test half, and what removes all of them at once. */
export function PhoneUsers() {
  const queries = useQueryClient();
  const tell = useToast();
  const found = useQuery({
    queryKey: ['clients', 'of-the-phone'],
    queryFn: async () => (await usersOfPhone()).length,
    enabled: useMode() === 'test',
  });
  const remove = useAction(async () => {
    let removed = 0;
    for (let users = await usersOfPhone(); users.length > 0; users = await usersOfPhone()) {
      for (const clientId of users) {
        await ask(api.DELETE('/api/totp/clients/{clientId}', { params: { path: { clientId } } })).catch(
          (error: unknown) => {
            // Another tab was faster.
            if (!(error instanceof Problem && error.code === 'client_not_found')) throw error;
          },
        );
        removed++;
      }
    }
    forgetPhone();
    await queries.invalidateQueries();
    tell(t.simulatedRemoved(counted(removed, 'user')));
  });
  const count = found.data ?? 0;
  if (count === 0 && remove.error === null) return null;
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-3 rounded-control border border-border bg-surface px-4 py-2 text-14">
      <p>{t.ofSimulatedPhone(count === PAGE ? t.orMoreUsers(PAGE) : counted(count, 'user'))}</p>
      <Button busy={remove.pending && t.removing} onClick={() => void remove.run()}>
        {t.removeThem}
      </Button>
      {remove.error !== null && <ErrorPanel error={remove.error} className="w-full" />}
    </div>
  );
}

/** Their names, as many as one page of the list has. */
async function usersOfPhone(): Promise<string[]> {
  const query = { q: PHONE_PREFIX, limit: PAGE };
  const { data } = await untilFull(
    (cursor) =>
      ask(
        api.GET('/api/totp/clients', {
          params: { query: { ...query, ...(cursor === null ? {} : { cursor }) } },
        }),
      ),
    null,
    PAGE,
    new AbortController().signal,
  );
  return data.filter(isOfPhone).map(({ clientId }) => clientId);
}
