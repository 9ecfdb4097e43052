import { useQuery } from '@tanstack/react-query';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ExactTime } from '../../ui/time.tsx';
import { api, ask, Problem } from '../api.ts';
import { QueryView } from './query-view.tsx';

/** The newest signed state of the log, to keep in another place. */
export function CheckpointDialog({ onClose }: { onClose: () => void }) {
  const checkpoint = useQuery({
    queryKey: ['checkpoint'],
    queryFn: () => ask(api.GET('/api/logs/checkpoint', { params: { query: { format: 'json' } } })),
  });
  const pending = checkpoint.error instanceof Problem && checkpoint.error.code === 'checkpoint_pending';
  return (
    <Dialog
      open
      shape="wide"
      title="Signed checkpoint"
      description="Store it somewhere else. A log that is changed or cut later no longer matches it."
      onClose={onClose}
    >
      {pending ? (
        <Notice tone="plain">There is none yet. The first one comes within a minute or so.</Notice>
      ) : (
        <QueryView query={checkpoint} skeleton={<Skeleton className="h-64 w-full" />}>
          {(body) =>
            typeof body === 'string' ? (
              <CodeBlock text={body} label="The checkpoint" />
            ) : (
              <div className="flex flex-col gap-4 text-14">
                <p>
                  It covers {body.size.toLocaleString('en')} events and was made{' '}
                  <ExactTime at={body.createdAt} />.
                </p>
                <CodeBlock text={body.note} label="The checkpoint" copy="Copy checkpoint" />
                <p>The key that it verifies against:</p>
                <CodeBlock text={body.verifierKey} label="The verifier key" copy="Copy verifier key" />
              </div>
            )
          }
        </QueryView>
      )}
    </Dialog>
  );
}
