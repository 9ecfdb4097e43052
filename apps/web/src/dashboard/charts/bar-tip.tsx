import type { Bar, Series } from './chart.ts';
import { valueWords } from './chart-words.ts';

/** px: of a line of its text, and of its edges together. */
const LINE = 16;
const EDGES = 14;
const APART = 8;

interface BarTipProps {
  bar: Bar;
  series: readonly Series[];
  /** px: the sides and the top of the bar, and the axis, in the drawing. */
  place: { left: number; right: number; top: number; foot: number };
  /** px: of the drawing. */
  width: number;
}

/** The figures of a bar beside its top, within the drawing. */
export function BarTip({ bar, series, place, width }: BarTipProps) {
  const height = (series.length + 1) * LINE + EDGES;
  const top = Math.max(0, Math.min(place.top, place.foot - height));
  const isLeft = place.left + place.right < width;
  const side = isLeft ? { left: place.right + APART } : { right: width - place.left + APART };
  const room = (isLeft ? width - place.right : place.left) - APART;
  return (
    <p
      aria-hidden="true"
      data-tip
      className="pointer-events-none absolute z-10 rounded-control border border-border bg-surface px-2.5 py-1.5 text-12 shadow-lg"
      style={{ ...side, top, maxWidth: room }}
    >
      <span className="block text-muted">{bar.label}</span>
      {series.map(({ id }, index) => (
        <span key={id} className="block">
          {valueWords(id, bar.values[index] ?? 0)}
        </span>
      ))}
    </p>
  );
}
