import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface Column {
  label: string;
  /** Left out in a narrow window, where the first cell says it on its second line. */
  wide?: boolean;
  /** Left out where the window is not the widest either. */
  widest?: boolean;
  /** Numbers are aligned right. */
  right?: boolean;
  /** The heading is only read aloud. */
  hidden?: boolean;
}

interface TableProps {
  /** What the table is about, read aloud before it. */
  caption: string;
  columns: readonly Column[];
  /** The headings are only read aloud. */
  bare?: boolean;
  /** Less room between the columns, where there are many. */
  dense?: boolean;
  children: ReactNode;
}

const DENSE_CLASS =
  'lg:[&_:is(td,th)]:px-3 lg:[&_:is(td,th):first-child]:pl-5 lg:[&_:is(td,th):last-child]:pr-5';

/** A list in columns. In a narrow window each row is a card of two lines: see `Cell`. */
export function Table({ caption, columns, bare = false, dense = false, children }: TableProps) {
  // A heading alone above cards says nothing.
  const isAlone = columns.filter(({ wide, widest, hidden }) => !(wide || widest || hidden)).length === 1;
  return (
    <table className={classes('w-full table-auto border-collapse text-14', dense && DENSE_CLASS)}>
      <caption className="sr-only">{caption}</caption>
      <thead className={classes(bare ? 'sr-only' : isAlone && 'max-lg:sr-only')}>
        <tr className="border-b border-border text-left text-muted">
          {columns.map(({ label, wide, widest, right, hidden }) => (
            <th
              key={label}
              scope="col"
              className={classes(
                'h-9 px-4 font-normal whitespace-nowrap sm:px-5',
                wide === true && 'max-lg:hidden',
                widest === true && 'max-xl:hidden',
                right === true && 'text-right',
              )}
            >
              {hidden === true ? <span className="sr-only">{label}</span> : label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className={classes('divide-y divide-border', bare && 'border-t border-border')}>
        {children}
      </tbody>
    </table>
  );
}

interface CellProps {
  children: ReactNode;
  wide?: boolean;
  widest?: boolean;
  right?: boolean;
  className?: string;
}

export function Cell({ children, wide, widest, right, className }: CellProps) {
  return (
    <td
      className={classes(
        'h-13 px-4 py-2 sm:px-5',
        wide === true && 'max-lg:hidden',
        widest === true && 'max-xl:hidden',
        right === true && 'text-right',
        className,
      )}
    >
      {children}
    </td>
  );
}

/** The second line of a card; in a wide window the columns say it. */
export function SecondLine({ children }: { children: ReactNode }) {
  return <div className="mt-1 flex min-w-0 items-center gap-x-2 text-muted lg:hidden">{children}</div>;
}

/** A row that the keys j and k find. Hold one link or button in it, which opens it. */
export const ROW_CLASS = 'relative hover:bg-sunken focus-within:bg-sunken';
/** Makes the whole row the target of the one link in it. */
export const ROW_LINK_CLASS = 'font-semibold after:absolute after:inset-0 hover:underline';
