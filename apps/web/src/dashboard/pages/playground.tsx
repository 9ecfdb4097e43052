import { useQuery } from '@tanstack/react-query';
import { t } from '../../texts/playground.ts';
import { PageHeader, Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ask } from '../api.ts';
import { readOperations } from '../operations.ts';
import { QueryView } from '../parts/query-view.tsx';
import { RequestForm } from '../parts/request-form.tsx';
import { SimulatedPhone } from '../parts/simulated-phone.tsx';

export function PlaygroundPage() {
  const operations = useQuery({
    queryKey: ['operations'],
    queryFn: () => ask(readOperations()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      <PageHeader name={t.playground}>
        <p className="mt-2 max-w-prose text-muted">{t.realCalls}</p>
      </PageHeader>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <Panel title={t.anyCall}>
          <QueryView query={operations} skeleton={<Skeleton className="m-5 h-96" />}>
            {(list) => <RequestForm operations={list} />}
          </QueryView>
        </Panel>
        <SimulatedPhone />
      </div>
    </>
  );
}
