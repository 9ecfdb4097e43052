import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading } from '../../ui/skeleton.tsx';
import { ErrorPanel } from './failed.tsx';

interface QueryViewProps<Body> {
  query: UseQueryResult<Body, Error>;
  /** Of the final height. */
  skeleton: ReactNode;
  children: (body: Body) => ReactNode;
}

/** Skeleton, error or content. After a failed refresh the old content stays, and says from when it is. */
export function QueryView<Body>({ query, skeleton, children }: QueryViewProps<Body>) {
  const { data, error, dataUpdatedAt, refetch } = query;
  const retry = () => void refetch();
  if (data !== undefined) {
    return (
      <>
        {error !== null && (
          <ErrorPanel error={error} onRetry={retry} dataFrom={dataUpdatedAt} className="m-4" />
        )}
        {children(data)}
      </>
    );
  }
  if (error !== null) return <ErrorPanel error={error} onRetry={retry} className="m-4" />;
  return <Loading>{skeleton}</Loading>;
}
