import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { t } from '../../texts/shell.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Notice, PageHeader } from '../../ui/panel.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { Problem } from '../api.ts';
import { loadFailedPagesAgain } from '../lazy-page.tsx';
import { problemWords } from '../problem-words.ts';

interface ErrorPanelProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** When what is still shown was fetched (ms). */
  dataFrom?: number | undefined;
  className?: string;
}

/** What went wrong, where it went wrong: words, Retry, and the request id for the operator. */
export function ErrorPanel({ error, onRetry, dataFrom, className }: ErrorPanelProps) {
  const requestId = error instanceof Problem ? error.requestId : null;
  return (
    <Notice tone="danger" {...(className === undefined ? {} : { className })}>
      <div role="alert" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p>
            {problemWords(error)}
            {dataFrom !== undefined && dataFrom > 0 && t.dataFrom(clockTime(dataFrom))}
          </p>
          {requestId !== null && (
            <p className="mt-1 text-12 text-muted">
              {t.request(<code className="break-all">{requestId}</code>)}
            </p>
          )}
        </div>
        {onRetry !== undefined && <Button onClick={onRetry}>{t.retry}</Button>}
      </div>
    </Notice>
  );
}

/** The same below the text of a dialog, when there is something to tell. */
export function Trouble({ error }: { error: unknown }) {
  return error === null ? null : <ErrorPanel error={error} className="mt-4" />;
}

/** Room of its own, unless the dashboard stands around it and gives that. */
const ALONE_CLASS = 'mx-auto max-w-page px-4 py-12 [main_&]:p-0';

/** A page that could not be shown at all. */
export function Failed({ error, reset }: { error: unknown; reset?: () => void }) {
  useEffect(() => {
    if (!(error instanceof Problem)) console.warn(error);
  }, [error]);
  const retry = () => {
    loadFailedPagesAgain();
    if (reset === undefined) location.reload();
    else reset();
  };
  return (
    <div className={ALONE_CLASS}>
      <PageHeader name={t.notShown} title={t.pageNotShown} />
      <ErrorPanel error={error} onRetry={retry} />
    </div>
  );
}

export function Missing() {
  return (
    <div className={ALONE_CLASS}>
      <PageHeader name={t.notFound} title={t.nothingHere} />
      <p className="mb-6 text-muted">{t.addressMistyped}</p>
      <Link to="/dashboard" className={buttonClass('primary')}>
        {t.toOverview}
      </Link>
    </div>
  );
}
