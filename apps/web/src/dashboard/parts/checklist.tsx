import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, buttonClass } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Icon } from '../../ui/icons.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Held } from '../../ui/skeleton.tsx';
import type { Progress } from '../progress.ts';

interface Step {
  done: keyof Progress;
  title: string;
  text: string;
  action: string;
  to: '/dashboard/keys' | '/dashboard/clients' | '/dashboard/playground' | '/dashboard/settings/two-factor';
  opensForm: boolean;
}

const STEPS: readonly Step[] = [
  {
    done: 'key',
    title: 'Make an API key',
    text: 'Your app shows it with every call.',
    action: 'Make a key',
    to: '/dashboard/keys',
    opensForm: true,
  },
  {
    done: 'client',
    title: 'Enrol a client',
    text: 'One of your users, or yourself to begin with.',
    action: 'Enrol',
    to: '/dashboard/clients',
    opensForm: true,
  },
  {
    done: 'validation',
    title: 'Have a code accepted',
    text: 'Scan the QR code, and send what the phone shows. No phone at hand? The playground has one.',
    action: 'Playground',
    to: '/dashboard/playground',
    opensForm: false,
  },
  {
    done: 'twoFactor',
    title: 'Protect this account',
    text: 'A sign-in here should need a code too.',
    action: 'Turn on',
    to: '/dashboard/settings/two-factor',
    opensForm: false,
  },
];

const HIDDEN = 'kanda-checklist';

/** The way to the first accepted code. Each tick comes from what has really happened. */
export function Checklist({ progress }: { progress: Progress }) {
  const [hidden, setHidden] = useState(wasHidden);
  if (hidden || isWhole(progress)) return null;
  const hide = () => {
    setHidden(true);
    try {
      localStorage.setItem(HIDDEN, 'hidden');
    } catch {
      // Storage is closed: it is hidden until the page is loaded anew.
    }
  };
  return (
    <div className="mb-4">
      <Steps progress={progress} onHide={hide} />
    </div>
  );
}

/** Holds the room of the checklist. */
export function ChecklistSkeleton({ progress }: { progress: Progress }) {
  if (wasHidden() || isWhole(progress)) return null;
  return (
    <Held className="mb-4">
      <Steps progress={progress} onHide={() => {}} />
    </Held>
  );
}

function isWhole(progress: Progress): boolean {
  return STEPS.every(({ done }) => progress[done]);
}

function Steps({ progress, onHide }: { progress: Progress; onHide: () => void }) {
  const next = STEPS.find(({ done }) => !progress[done]);
  return (
    <Panel
      title="Getting started"
      actions={
        <Button look="quiet" className="-mr-2" onClick={onHide}>
          Hide
        </Button>
      }
    >
      <ol className="divide-y divide-border border-t border-border">
        {STEPS.map((step) => {
          const done = progress[step.done];
          return (
            <li key={step.done} className={classes('flex gap-4 px-4 sm:px-5', done ? 'py-2' : 'py-3')}>
              <span
                className={classes(
                  'flex size-6 shrink-0 items-center justify-center rounded-full',
                  done ? 'bg-success-soft text-success' : 'border border-edge',
                )}
              >
                {done && <Icon name="accepted" size={14} />}
                <span className="sr-only">{done ? 'Done: ' : 'To do: '}</span>
              </span>
              <div className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-2">
                <div className="min-w-0 grow basis-48">
                  <p className={done ? 'text-14 text-muted' : 'font-semibold'}>{step.title}</p>
                  {!done && <p className="text-14 text-muted">{step.text}</p>}
                </div>
                {!done && (
                  <Link
                    to={step.to}
                    {...(step.opensForm ? { search: { new: true as const } } : {})}
                    className={buttonClass(step === next ? 'primary' : 'secondary')}
                  >
                    {step.action}
                  </Link>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function wasHidden(): boolean {
  try {
    return localStorage.getItem(HIDDEN) !== null;
  } catch {
    return false;
  }
}
