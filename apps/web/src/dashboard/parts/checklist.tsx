import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { t } from '../../texts/start.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Icon } from '../../ui/icons.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Held } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask } from '../api.ts';
import { gettingStartedQuery, type Progress } from '../getting-started.ts';
import { AppSnippets } from './app-snippet.tsx';
import { ErrorPanel } from './failed.tsx';
import { productionSteps, type Step, trySteps } from './first-steps.tsx';

/** The way from the first key to production. It stays until it is dismissed, and each tick is what the server has found. */
export function Checklist({ progress }: { progress: Progress }) {
  const queries = useQueryClient();
  const tell = useToast();
  const dismiss = useAction(async () => {
    const body = { dismissed: true };
    const found = await ask(api.PATCH('/api/auth/getting-started', { body }));
    queries.setQueryData(gettingStartedQuery.queryKey, found);
    tell(t.dismissed);
  });
  if (progress.dismissed) return null;
  return (
    <div className="mb-4">
      <Steps progress={progress} onDismiss={() => void dismiss.run()} />
      {dismiss.error !== null && <ErrorPanel error={dismiss.error} className="mt-2" />}
    </div>
  );
}

/** Holds the room of the list. */
export function ChecklistSkeleton({ progress }: { progress: Progress }) {
  if (progress.dismissed) return null;
  return (
    <Held className="mb-4">
      <Steps progress={progress} onDismiss={() => {}} />
    </Held>
  );
}

function Steps({ progress, onDismiss }: { progress: Progress; onDismiss: () => void }) {
  const groups = [
    { title: t.tryIt, steps: trySteps(progress) },
    { title: t.beforeReal, steps: productionSteps(progress) },
  ];
  const all = groups.flatMap(({ steps }) => steps);
  const next = all.find(({ done }) => !done);
  return (
    <Panel
      title={next === undefined ? t.allDone : t.gettingStarted}
      actions={
        <Button look={next === undefined ? 'secondary' : 'quiet'} className="-mr-2" onClick={onDismiss}>
          {t.dismiss}
        </Button>
      }
    >
      {groups.map(({ title, steps }) => (
        <Group key={title} title={title} steps={steps} next={next} />
      ))}
    </Panel>
  );
}

function Group({ title, steps, next }: { title: string; steps: readonly Step[]; next: Step | undefined }) {
  const id = useId();
  return (
    <>
      <h3 id={id} className="border-t border-border bg-sunken px-4 py-1.5 text-14 text-muted sm:px-5">
        {title}
      </h3>
      <ol aria-labelledby={id} className="divide-y divide-border border-t border-border">
        {steps.map((step) => (
          <Line key={step.id} step={step} isNext={step === next} />
        ))}
      </ol>
    </>
  );
}

function Line({ step, isNext }: { step: Step; isNext: boolean }) {
  const { done, title, text, action, more, opens } = step;
  const [open, setOpen] = useState(false);
  const region = useId();
  const look = isNext ? 'primary' : 'secondary';
  return (
    <li className={classes('px-4 sm:px-5', done ? 'py-2' : 'py-3')}>
      <div className="flex gap-4">
        <Tick done={done} />
        <div className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-2">
          <div className="min-w-0 grow basis-48">
            <p className={done ? 'text-14 text-muted' : 'font-semibold'}>{title}</p>
            {!done && <p className="max-w-prose text-14 text-muted">{text}</p>}
            {more}
          </div>
          {!done && action?.(look)}
          {opens !== undefined && (
            <Button
              look={done ? 'quiet' : look}
              aria-expanded={open}
              aria-controls={region}
              onClick={() => setOpen(!open)}
            >
              {open ? t.hideCode : t.showCode}
            </Button>
          )}
        </div>
      </div>
      {opens !== undefined && (
        <div id={region} className={classes('mt-3 sm:pl-10', !open && 'hidden')}>
          {open && <AppSnippets />}
        </div>
      )}
    </li>
  );
}

function Tick({ done }: { done: boolean }) {
  return (
    <span
      className={classes(
        'flex size-6 shrink-0 items-center justify-center rounded-full',
        done ? 'bg-success-soft text-success' : 'border border-edge',
      )}
    >
      {done && <Icon name="accepted" size={14} />}
      <span className="sr-only">{done ? t.done : t.toDo}</span>
    </span>
  );
}
