/** A ticket that is clipped once, since a code is accepted once. On a 24 × 24 grid, legible at 16 px. */
const MARK_PATH =
  'M5.5 2h13A3.5 3.5 0 0 1 22 5.5v3.4a3.1 3.1 0 0 0 0 6.2v3.4a3.5 3.5 0 0 1-3.5 3.5h-13A3.5 3.5 0 0 1 2 18.5v-13A3.5 3.5 0 0 1 5.5 2ZM5.5 6v12h3V6ZM9.5 12l4.6-6h3.7l-4.6 6 4.6 6h-3.7Z';

/**
 * Kanda's mark, in the colour of the text around it. It is decoration beside the name: where it stands alone
 * as a link, the link carries the label.
 * @param size edge length in pixels
 */
export function Mark({ size = 24, className }: { size?: number; className?: string }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} className={className} aria-hidden="true">
      <path d={MARK_PATH} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
