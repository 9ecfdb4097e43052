import type { ReactNode } from 'react';

/**
 * Drawn for this project on a grid of 16 with lines of 1.5. All are decoration: the word that belongs to an
 * icon is beside it, or is the label of its button.
 */
const SHAPES = {
  accepted: <path d="m3 8.5 3.2 3.2L13 4.9" />,
  refused: <path d="m4 4 8 8M12 4l-8 8" />,
  locked: (
    <>
      <rect x="3" y="7" width="10" height="6.5" rx="1.5" />
      <path d="M5.2 7V5.2a2.8 2.8 0 0 1 5.6 0V7" />
    </>
  ),
  disabled: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="m4.2 11.8 7.6-7.6" />
    </>
  ),
  pending: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.2l2.1 1.3" />
    </>
  ),
  warning: <path d="M8 2.6 14 13H2L8 2.6ZM8 6.6v3M8 11.3v.1" />,
  note: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 7.4v3.4M8 5.2v.1" />
    </>
  ),
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5v-2A1 1 0 0 0 9.5 2.5h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
    </>
  ),
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  more: <path d="M3.5 8h.1M8 8h.1M12.5 8h.1" strokeWidth="2.4" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.2" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  plus: <path d="M8 3v10M3 8h10" />,
  next: <path d="m6 3.5 4.5 4.5L6 12.5" />,
  back: <path d="M10 3.5 5.5 8l4.5 4.5" />,
  down: <path d="m3.5 6 4.5 4.5L12.5 6" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1" />
    </>
  ),
  moon: <path d="M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6Z" />,
  overview: <path d="M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5V7M13.5 13.5v-11" />,
  clients: (
    <>
      <circle cx="8" cy="5.4" r="2.7" />
      <path d="M2.9 13.5c.5-2.7 2.5-4 5.1-4s4.6 1.3 5.1 4" />
    </>
  ),
  keys: (
    <>
      <circle cx="5" cy="8" r="2.7" />
      <path d="M7.7 8h6v2.4M11.2 8v1.9" />
    </>
  ),
  webhooks: (
    <>
      <path d="M2.5 8H10M7 5l3 3-3 3" />
      <path d="M9.5 2.5h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-3" />
    </>
  ),
  log: <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1" />,
  playground: <path d="m4.5 3 8 5-8 5V3Z" />,
  settings: (
    <>
      <path d="M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6" />
      <circle cx="10.2" cy="4.5" r="1.7" />
      <circle cx="5.8" cy="11.5" r="1.7" />
    </>
  ),
  download: <path d="M8 2.5v7.2M4.8 6.8 8 10l3.2-3.2M2.5 13.5h11" />,
  upload: <path d="M8 10V2.8M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11" />,
  print: (
    <>
      <path d="M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2" />
      <path d="M4.5 9.5h7v4h-7z" />
    </>
  ),
  leave: <path d="M6.5 2.5h-3a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3M10 4.8 13.2 8 10 11.2M13 8H6" />,
  server: <path d="M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5h.1M5 11h.1" />,
  docs: <path d="M3.5 2.5h6l3 3v8h-9v-11ZM9.5 2.5v3h3M6 8.5h4M6 11h4" />,
  language: (
    <>
      <circle cx="8" cy="8" r="5.7" />
      <path d="M2.3 8h11.4M8 2.3c3.4 3.7 3.4 7.7 0 11.4M8 2.3c-3.4 3.7-3.4 7.7 0 11.4" />
    </>
  ),
  enlarge: <path d="M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9 7M2.5 13.5 7 9" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      className="shrink-0"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {SHAPES[name]}
    </svg>
  );
}
