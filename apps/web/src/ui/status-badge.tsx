import type { ReactNode } from 'react';
import { t } from '../texts/ui.ts';
import { classes } from './classes.ts';
import { Icon, type IconName } from './icons.tsx';

export type Tone = 'success' | 'danger' | 'warning' | 'neutral';

const TONES: Readonly<Record<Tone, string>> = {
  success: 'bg-success-soft text-success',
  danger: 'bg-danger-soft text-danger',
  warning: 'bg-warning-soft text-warning',
  neutral: 'bg-sunken text-muted',
};

/** Icon, word and colour: the colour alone never says it. */
export function StatusBadge({ tone, icon, children }: { tone: Tone; icon: IconName; children: ReactNode }) {
  return (
    <span
      className={classes(
        'inline-flex h-6 items-center gap-1 rounded-badge pr-2 pl-1.5 text-12 font-semibold whitespace-nowrap',
        TONES[tone],
      )}
    >
      <Icon name={icon} size={14} />
      {children}
    </span>
  );
}

const CLIENT = {
  active: {
    tone: 'success',
    icon: 'accepted',
    get word() {
      return t.active;
    },
  },
  locked: {
    tone: 'danger',
    icon: 'locked',
    get word() {
      return t.locked;
    },
  },
  disabled: {
    tone: 'neutral',
    icon: 'disabled',
    get word() {
      return t.disabled;
    },
  },
  pending: {
    tone: 'warning',
    icon: 'pending',
    get word() {
      return t.pending;
    },
  },
} as const satisfies Record<string, { tone: Tone; icon: IconName; word: string }>;

export function ClientStatus({ status }: { status: keyof typeof CLIENT }) {
  const { tone, icon, word } = CLIENT[status];
  return (
    <StatusBadge tone={tone} icon={icon}>
      {word}
    </StatusBadge>
  );
}

const OUTCOMES = {
  success: {
    tone: 'success',
    icon: 'accepted',
    get word() {
      return t.success;
    },
  },
  everyday: {
    tone: 'neutral',
    icon: 'note',
    get word() {
      return t.notDone;
    },
  },
  failure: {
    tone: 'danger',
    icon: 'refused',
    get word() {
      return t.failure;
    },
  },
} as const satisfies Record<string, { tone: Tone; icon: IconName; word: string }>;

/** How an event ended; `everyday`: it did not happen, and no one needs to look at it. */
export function OutcomeBadge({ outcome }: { outcome: keyof typeof OUTCOMES }) {
  const { tone, icon, word } = OUTCOMES[outcome];
  return (
    <StatusBadge tone={tone} icon={icon}>
      {word}
    </StatusBadge>
  );
}

/** A secret of fewer than the 128 bits of RFC 4226 §4. */
export function WeakSecretBadge() {
  return (
    <StatusBadge tone="warning" icon="warning">
      {t.weakSecret}
    </StatusBadge>
  );
}
