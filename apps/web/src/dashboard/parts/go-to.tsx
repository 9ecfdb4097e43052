import { useQuery } from '@tanstack/react-query';
import { t } from '../../texts/shell.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ask } from '../api.ts';
import { QueryView } from './query-view.tsx';

/** The way to any user, key, page and document. Its script comes when it is first opened. */
export function GoTo({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={t.goTo} shape="medium">
      <Loaded onClose={onClose} />
    </Dialog>
  );
}

function Loaded({ onClose }: { onClose: () => void }) {
  const script = useQuery({
    queryKey: ['go-to'],
    queryFn: () =>
      import('./go-to-list.tsx').catch(async (cause: unknown) => {
        // Throws what the page can say when there is no answer.
        await ask(fetch('/api/info').then((response) => ({ response })));
        throw cause;
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <QueryView query={script} skeleton={<Skeleton className="h-96" />}>
      {({ GoToList }) => <GoToList onClose={onClose} />}
    </QueryView>
  );
}
