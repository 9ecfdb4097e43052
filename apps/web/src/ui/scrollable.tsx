import type { ReactNode, Ref } from 'react';

interface ScrollableProps {
  /** What is in it, read aloud where it is reached. */
  label: string;
  className?: string;
  children: ReactNode;
  ref?: Ref<HTMLElement>;
}

/** What may be wider or higher than its place. The keyboard reaches it, or its end could not be seen. */
export function Scrollable({ label, className, children, ref }: ScrollableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section ref={ref} aria-label={label} tabIndex={0} className={className}>
      {children}
    </section>
  );
}
