import { useQuery } from '@tanstack/react-query';
import { t } from '../../texts/log.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { numberWords } from '../../ui/formats.ts';
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
    <Dialog open shape="wide" title={t.checkpoint} description={t.checkpointHint} onClose={onClose}>
      {pending ? (
        <Notice tone="plain">{t.noCheckpoint}</Notice>
      ) : (
        <QueryView query={checkpoint} skeleton={<Skeleton className="h-64 w-full" />}>
          {(body) =>
            typeof body === 'string' ? (
              <CodeBlock text={body} label={t.theCheckpoint} />
            ) : (
              <div className="flex flex-col gap-4 text-14">
                <p>
                  {t.covers(numberWords(body.size))}
                  <ExactTime at={body.createdAt} />.
                </p>
                <CodeBlock text={body.note} label={t.theCheckpoint} copy={t.copyCheckpoint} />
                <p>{t.verifiesAgainst}</p>
                <CodeBlock text={body.verifierKey} label={t.verifierKey} copy={t.copyVerifierKey} />
              </div>
            )
          }
        </QueryView>
      )}
    </Dialog>
  );
}
