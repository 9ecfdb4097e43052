import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../texts/ui.ts';
import { classes } from './classes.ts';
import { Icon, type IconName } from './icons.tsx';

interface PanelProps {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A white sheet with a heading of the second level. */
export function Panel({ title, actions, children, className }: PanelProps) {
  return (
    <section className={classes('min-w-0 rounded-dialog border border-border bg-surface', className)}>
      {title !== undefined && (
        <header className="flex min-h-13 flex-wrap items-center justify-between gap-2 px-4 py-2 sm:px-5">
          <h2 className="text-16 font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

type NoticeTone = 'danger' | 'warning' | 'success' | 'plain';

const NOTICES: Readonly<Record<NoticeTone, { className: string; icon: IconName; iconClass: string }>> = {
  danger: { className: 'bg-danger-soft', icon: 'warning', iconClass: 'text-danger' },
  warning: { className: 'bg-warning-soft', icon: 'warning', iconClass: 'text-warning' },
  success: { className: 'bg-success-soft', icon: 'accepted', iconClass: 'text-success' },
  plain: { className: 'bg-sunken', icon: 'note', iconClass: 'text-muted' },
};

/** A paragraph that must not be overlooked, where it belongs. */
export function Notice({
  tone,
  children,
  className,
}: {
  tone: NoticeTone;
  children: ReactNode;
  className?: string;
}) {
  const look = NOTICES[tone];
  return (
    <div className={classes('flex gap-2.5 rounded-control px-3 py-2.5 text-14', look.className, className)}>
      <span className={classes('mt-0.5', look.iconClass)}>
        <Icon name={look.icon} />
      </span>
      <div className="min-w-0 grow break-words">{children}</div>
    </div>
  );
}

/** What stands where a list would be: words, and what to do next. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-start gap-3 px-4 py-10 sm:items-center sm:px-6 sm:text-center">
      <p className="text-16 font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-[52ch] text-14 text-muted">{children}</div>}
      {action}
    </div>
  );
}

let pagesSeen = 0;

interface PageHeaderProps {
  /** For the window's title. */
  name: string;
  title?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

/** The heading of a page, with its actions. The focus comes here when one page follows another. */
export function PageHeader({ name, title = name, actions, children }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t.documentTitle(name);
    if (pagesSeen++ > 0 && document.activeElement?.closest('[role="dialog"]') == null)
      heading.current?.focus({ preventScroll: true });
  }, [name]);
  return (
    <div className="mb-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1
          ref={heading}
          tabIndex={-1}
          className="min-w-0 text-22 font-semibold break-words outline-none sm:text-28"
        >
          {title}
        </h1>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** Names and values, one under the other. */
export function Facts({
  facts,
  columns = 1,
}: {
  facts: readonly (readonly [string, ReactNode])[];
  /** Beside each other, where the window is wide. */
  columns?: 1 | 2;
}) {
  return (
    <dl
      className={classes(
        'grid grid-cols-1 gap-x-6 gap-y-3 text-14 sm:grid-cols-[auto_1fr]',
        columns === 2 && 'lg:grid-cols-[auto_1fr_auto_1fr]',
      )}
    >
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:-mb-2.5">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
