import type { ComponentProps } from 'react';
import { classes } from './classes.ts';
import { Icon, type IconName } from './icons.tsx';

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger' | 'warning';

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-control font-semibold select-none cursor-pointer ' +
  'transition-[background-color,border-color,opacity] duration-120 whitespace-nowrap ' +
  'disabled:cursor-not-allowed aria-disabled:cursor-not-allowed';

const LOOKS: Readonly<Record<ButtonLook, string>> = {
  primary:
    'bg-accent text-on-accent border border-transparent hover:opacity-90 disabled:bg-sunken disabled:text-muted ' +
    'disabled:border-border disabled:opacity-100',
  secondary:
    'bg-surface text-ink border border-edge hover:bg-sunken disabled:text-muted disabled:border-border disabled:bg-surface',
  /** Opens the question before something that cannot be undone. */
  warning:
    'bg-surface text-danger border border-edge hover:bg-danger-soft disabled:text-muted disabled:border-border',
  quiet: 'bg-transparent text-ink border border-transparent hover:bg-sunken disabled:text-muted',
  danger:
    'bg-danger text-on-danger border border-transparent hover:opacity-90 disabled:bg-sunken disabled:text-muted ' +
    'disabled:border-border disabled:opacity-100',
};

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = 'secondary', extra?: string): string {
  return classes(BASE, LOOKS[look], 'h-control px-4 text-14', extra);
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: ButtonLook;
  icon?: IconName;
  /** While it works: it cannot be pressed again, and says what it does. */
  busy?: string | false;
}

export function Button({
  look = 'secondary',
  icon,
  busy = false,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || busy !== false}
      className={buttonClass(look, className)}
    >
      {icon !== undefined && busy === false && <Icon name={icon} />}
      {busy === false ? children : busy}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  icon: IconName;
  /** What it does: its accessible name and its tip. */
  label: string;
}

/** 32 px, 44 under a finger. */
export function IconButton({ icon, label, className, type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      title={label}
      className={classes(BASE, LOOKS.quiet, 'size-icon-button text-muted hover:text-ink', className)}
    >
      <Icon name={icon} />
    </button>
  );
}
