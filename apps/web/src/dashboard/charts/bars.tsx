import { type ScaleBand, type ScaleLinear, scaleBand, scaleLinear } from 'd3-scale';
import { useId, useLayoutEffect, useRef, useState } from 'react';
import { t } from '../../texts/charts.ts';
import { numberWords } from '../../ui/formats.ts';
import { BarTip } from './bar-tip.tsx';
import { type Bar, busyBars, type Chart, heightOf, type Series } from './chart.ts';
import { barWords, loneBarWords, nothingWords } from './chart-words.ts';
import { Part, Patterns } from './looks.tsx';

const HEIGHT = 200;
const MARGIN = { top: 12, right: 4, bottom: 24, left: 56 };

/** Bars one on the other, or a sentence where they would say less. */
export function Bars({ chart }: { chart: Chart }) {
  const [frame, width] = useWidth();
  const busy = busyBars(chart);
  const [only] = busy;
  const sentence =
    only === undefined ? nothingWords(chart.show) : busy.length === 1 ? loneBarWords(chart, only) : null;
  return (
    <div ref={frame} className="relative">
      {sentence !== null ? (
        <p className="flex h-50 max-w-prose items-center text-14">{sentence}</p>
      ) : width === null ? (
        <div className="h-50" />
      ) : (
        <BarsOfWidth chart={chart} width={width} />
      )}
    </div>
  );
}

interface BarsOfWidthProps {
  chart: Chart;
  /** px */
  width: number;
}

/** A pointer, a finger and the arrow keys show the figures of a bar. */
function BarsOfWidth({ chart, width }: BarsOfWidthProps) {
  const { bars, series } = chart;
  const id = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const { x, y } = scalesOf(bars, width);
  const last = bars.length - 1;
  const at = pointed === null ? undefined : bars[pointed];
  const read = at ?? bars[last];
  const left = x(pointed ?? 0) ?? 0;
  return (
    <div className="rounded-badge outline-offset-4 has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-focus">
      <input
        type="range"
        className="sr-only"
        aria-label={t.words.bar}
        aria-valuetext={read === undefined ? undefined : barWords(chart, read)}
        min={0}
        max={last}
        value={Math.min(pointed ?? last, last)}
        onChange={({ target }) => setPointed(Number(target.value))}
        onFocus={() => setPointed((before) => before ?? last)}
        onBlur={() => setPointed(null)}
      />
      <svg
        aria-hidden="true"
        width={width}
        height={HEIGHT}
        className="block"
        // A finger that is lifted leaves the figures that it asked for.
        onPointerLeave={({ pointerType }) => pointerType !== 'touch' && setPointed(null)}
      >
        <Patterns id={id} looks={series.map(({ look }) => look)} />
        <Grid y={y} width={width} />
        {bars.map((bar, index) => (
          <g key={bar.start} data-bar onPointerEnter={() => setPointed(index)}>
            <rect
              x={(x(index) ?? 0) - (x.step() - x.bandwidth()) / 2}
              y={MARGIN.top}
              width={x.step()}
              height={y(0) - MARGIN.top}
              className={index === pointed ? 'fill-sunken' : 'fill-transparent'}
            />
            <Stack id={id} bar={bar} series={series} left={x(index) ?? 0} width={x.bandwidth()} y={y} />
            {bar.tick !== null && (
              <Tick middle={(x(index) ?? 0) + x.bandwidth() / 2} width={width}>
                {bar.tick}
              </Tick>
            )}
          </g>
        ))}
      </svg>
      {at !== undefined && (
        <BarTip
          bar={at}
          series={series}
          place={{ left, right: left + x.bandwidth(), top: y(heightOf(at)), foot: y(0) }}
          width={width}
        />
      )}
    </div>
  );
}

function scalesOf(bars: readonly Bar[], width: number) {
  const x = scaleBand<number>()
    .domain(bars.map((_, index) => index))
    .range([MARGIN.left, Math.max(width - MARGIN.right, MARGIN.left + 1)])
    .paddingInner(0.25);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...bars.map(heightOf))])
    .nice(4)
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  return { x, y } satisfies { x: ScaleBand<number>; y: ScaleLinear<number, number> };
}

function Grid({ y, width }: { y: ScaleLinear<number, number>; width: number }) {
  return y
    .ticks(4)
    .filter(Number.isInteger)
    .map((value) => (
      <g key={value}>
        <line x1={MARGIN.left} x2={width} y1={y(value)} y2={y(value)} className="stroke-border" />
        <text x={MARGIN.left - 8} y={y(value)} dy="0.32em" textAnchor="end" className="fill-muted text-12">
          {numberWords(value)}
        </text>
      </g>
    ));
}

interface StackProps {
  id: string;
  bar: Bar;
  series: readonly Series[];
  left: number;
  width: number;
  y: ScaleLinear<number, number>;
}

function Stack({ id, bar: { values }, series, left, width, y }: StackProps) {
  let below = 0;
  return series.map((each, index) => {
    const value = values[index] ?? 0;
    const foot = y(below);
    below += value;
    const top = y(below);
    return value === 0 ? null : (
      <Part key={each.id} id={id} look={each.look} x={left} y={top} width={width} height={foot - top} />
    );
  });
}

/** px: half of the widest words below the axis. */
const HALF_TICK = 20;

/** Words below a bar; those of the last ones end at the edge of the drawing and are whole. */
function Tick({ middle, width, children }: { middle: number; width: number; children: string }) {
  const isLast = middle > width - HALF_TICK;
  return (
    <text
      x={isLast ? width : middle}
      y={HEIGHT - 6}
      textAnchor={isLast ? 'end' : 'middle'}
      className="fill-muted text-12"
    >
      {children}
    </text>
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
