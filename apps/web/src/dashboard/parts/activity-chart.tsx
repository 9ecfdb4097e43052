import { scaleBand, scaleLinear } from 'd3-scale';
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Scrollable } from '../../ui/scrollable.tsx';
import { counted } from '../../ui/time-words.ts';
import type { Bar } from '../charts/bars.ts';

interface ActivityChartProps {
  bars: readonly Bar[];
  /** "last 24 hours" */
  range: string;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
}

const HEIGHT = 200;
const MARGIN = { top: 12, right: 4, bottom: 24, left: 56 };

/**
 * Codes over time: accepted solid, refused hatched above it, so that it reads without colour. A user who cannot see it
 * gets the sentence, and the same figures as a table.
 */
export function ActivityChart({ bars, range, asTable, onAsTable }: ActivityChartProps) {
  const accepted = bars.reduce((sum, bar) => sum + bar.accepted, 0);
  const refused = bars.reduce((sum, bar) => sum + bar.refused, 0);
  return (
    <Panel
      title={`Codes, ${range}`}
      actions={
        <Button
          look="quiet"
          className="-mr-2 max-sm:-ml-4"
          aria-pressed={asTable}
          onClick={() => onAsTable(!asTable)}
        >
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      }
    >
      <figure className="m-0 px-4 pb-4 sm:px-5">
        <div className="mb-2 flex flex-wrap items-center gap-x-5 gap-y-1 text-14">
          <Key words={`accepted ${accepted.toLocaleString('en')}`}>
            <rect width="14" height="14" className="fill-accent" />
          </Key>
          <Key words={`refused ${refused.toLocaleString('en')}`}>
            <Hatched width={14} height={14} />
          </Key>
        </div>
        <figcaption className="sr-only">{summary(bars, accepted, refused, range)}</figcaption>
        {asTable ? <BarTable bars={bars} /> : <Bars bars={bars} />}
      </figure>
    </Panel>
  );
}

function summary(bars: readonly Bar[], accepted: number, refused: number, range: string): string {
  const busiest = bars.reduce<Bar | null>((most, bar) => (total(bar) > total(most) ? bar : most), null);
  const said = `In the ${range} ${counted(accepted, 'code')} accepted and ${refused.toLocaleString('en')} refused.`;
  return busiest === null || total(busiest) === 0
    ? said
    : `${said} The most at once: ${total(busiest).toLocaleString('en')}, ${busiest.label}.`;
}

function total(bar: Bar | null): number {
  return bar === null ? 0 : bar.accepted + bar.refused;
}

function Key({ words, children }: { words: string; children: ReactNode }) {
  return (
    <span className="flex items-center gap-2">
      <svg aria-hidden="true" width="14" height="14">
        {children}
      </svg>
      {words}
    </span>
  );
}

/** Lines at 45° inside a frame: told from a full bar in black and white too. */
function Hatched(rect: { x?: number; y?: number; width: number; height: number }) {
  const id = useId();
  return (
    <>
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" className="fill-surface" />
        <rect width="2" height="5" className="fill-danger" />
      </pattern>
      <rect {...rect} fill={`url(#${id})`} className="stroke-danger" strokeWidth="1" />
    </>
  );
}

/** What the pointer is on, and where. */
interface Pointed {
  bar: Bar;
  /** px from the left */
  x: number;
}

function Bars({ bars }: { bars: readonly Bar[] }) {
  const [frame, width] = useWidth();
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const busy = bars.filter((bar) => total(bar) > 0);
  const [only] = busy;
  return (
    <div ref={frame} className="relative">
      {busy.length === 1 && only !== undefined ? (
        <p className="flex h-50 max-w-prose items-center text-14">{beginning(only)}</p>
      ) : width === null ? (
        <div className="h-50" />
      ) : (
        <BarsOfWidth bars={bars} width={width} onPoint={setPointed} />
      )}
      {pointed !== null && width !== null && <Tip {...pointed} width={width} />}
    </div>
  );
}

/** On the first day one bar among empty hours says less than a sentence. */
function beginning({ label, accepted, refused }: Bar): string {
  const one = `${label}: ${counted(accepted, 'code')} accepted, ${refused.toLocaleString('en')} refused.`;
  return `${one} That is all so far. The chart begins with the second bar.`;
}

/** Beside the bar that it is about, within the frame. */
function Tip({ bar: { label, accepted, refused }, x, width }: Pointed & { width: number }) {
  const left = x < width / 2 ? { left: x + 16 } : { right: width - x + 16 };
  return (
    <p
      aria-hidden="true"
      data-tip
      className="pointer-events-none absolute top-2 rounded-control border border-border bg-surface px-2.5 py-1.5 text-12 whitespace-nowrap shadow-lg"
      style={left}
    >
      <span className="block text-muted">{label}</span>
      {accepted.toLocaleString('en')} accepted, {refused.toLocaleString('en')} refused
    </p>
  );
}

interface BarsOfWidthProps {
  bars: readonly Bar[];
  /** px */
  width: number;
  onPoint: (pointed: Pointed | null) => void;
}

function BarsOfWidth({ bars, width, onPoint }: BarsOfWidthProps) {
  const x = scaleBand<number>()
    .domain(bars.map((_, index) => index))
    .range([MARGIN.left, Math.max(width - MARGIN.right, MARGIN.left + 1)])
    .paddingInner(0.25);
  const most = Math.max(1, ...bars.map(total));
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const lines = y.ticks(4).filter(Number.isInteger);
  return (
    <svg
      aria-hidden="true"
      width={width}
      height={HEIGHT}
      className="block"
      onPointerLeave={() => onPoint(null)}
    >
      {lines.map((value) => (
        <g key={value}>
          <line x1={MARGIN.left} x2={width} y1={y(value)} y2={y(value)} className="stroke-border" />
          <text x={MARGIN.left - 8} y={y(value)} dy="0.32em" textAnchor="end" className="fill-muted text-12">
            {value.toLocaleString('en')}
          </text>
        </g>
      ))}
      {bars.map((bar, index) => {
        const { start, tick, accepted, refused } = bar;
        const left = x(index) ?? 0;
        const foot = y(0);
        const middle = y(accepted);
        return (
          <g key={start} onPointerEnter={() => onPoint({ bar, x: left + x.bandwidth() / 2 })}>
            <rect
              x={left}
              y={MARGIN.top}
              width={x.step()}
              height={foot - MARGIN.top}
              className="fill-transparent"
            />
            {accepted > 0 && (
              <rect
                x={left}
                y={middle}
                width={x.bandwidth()}
                height={foot - middle}
                className="fill-accent"
              />
            )}
            {refused > 0 && (
              <Hatched
                x={left}
                y={y(accepted + refused)}
                width={x.bandwidth()}
                height={middle - y(accepted + refused)}
              />
            )}
            {tick !== null && (
              <text
                x={left + x.bandwidth() / 2}
                y={HEIGHT - 6}
                textAnchor="middle"
                className="fill-muted text-12"
              >
                {tick}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function BarTable({ bars }: { bars: readonly Bar[] }) {
  const busy = bars.filter((bar) => total(bar) > 0);
  if (busy.length === 0) return <p className="py-8 text-14 text-muted">No codes were checked.</p>;
  return (
    <Scrollable label="Codes over time" className="max-h-80 overflow-y-auto">
      <table className="w-full text-14">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="py-1 font-normal">
              Time
            </th>
            <th scope="col" className="py-1 text-right font-normal">
              Accepted
            </th>
            <th scope="col" className="py-1 text-right font-normal">
              Refused
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-border">
          {busy.map((bar) => (
            <tr key={bar.start}>
              <th scope="row" className="py-1.5 text-left font-normal">
                {bar.label}
              </th>
              <td className="py-1.5 text-right font-mono">{bar.accepted.toLocaleString('en')}</td>
              <td className="py-1.5 text-right font-mono">{bar.refused.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}

/** The width of the place for the chart; null before it is there. */
function useWidth() {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width] as const;
}
