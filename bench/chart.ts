/** Line charts as SVG text: light ground, labelled axes, nothing but text and lines. */

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  /** One value for each label of the x axis; a gap where it is not a number. */
  readonly values: readonly number[];
  /** Points drawn hollow, for values that the caption explains. */
  readonly hollow?: readonly boolean[];
}

export interface Panel {
  readonly title: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

export interface Chart {
  readonly title: string;
  /** Told to people who do not see the chart, and printed below it. */
  readonly caption: string;
  readonly xLabel: string;
  readonly xTicks: readonly string[];
  readonly panels: readonly Panel[];
}

const PANEL = { width: 480, height: 340, left: 72, right: 20, top: 64, bottom: 60 };
const FOOT = 34;
const INK = '#1d2430';
const QUIET = '#5b6472';
const GRID = '#e3e6ea';
const MAX_TICKS = 6;

/** The panels beside each other over the same x axis. */
export function chartSvg({ title, caption, xLabel, xTicks, panels }: Chart): string {
  const width = PANEL.width * panels.length;
  const height = PANEL.height + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(caption)}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(PANEL.left, 24, title, 'font-size="15" font-weight="600"'),
    ...panels.map((panel, index) => panelSvg(panel, index * PANEL.width, xLabel, xTicks)),
    text(PANEL.left, height - 14, caption, `fill="${QUIET}"`),
    '</svg>',
    '',
  ].join('\n');
}

function panelSvg(panel: Panel, x0: number, xLabel: string, xTicks: readonly string[]): string {
  const left = x0 + PANEL.left;
  const right = x0 + PANEL.width - PANEL.right;
  const bottom = PANEL.height - PANEL.bottom;
  const yTicks = ticksUpTo(Math.max(...panel.series.flatMap(({ values }) => values.filter(Number.isFinite))));
  const most = yTicks.at(-1) ?? 1;
  const x = (index: number) => left + ((index + 0.5) / xTicks.length) * (right - left);
  const y = (value: number) => bottom - (value / most) * (bottom - PANEL.top);
  const middle = (PANEL.top + bottom) / 2;
  return [
    text(left, 46, panel.title, 'font-weight="600"'),
    ...yTicks.flatMap((tick) => [
      line(left, y(tick), right, y(tick), `stroke="${GRID}"`),
      text(left - 8, y(tick) + 4, tick.toLocaleString('en'), `text-anchor="end" fill="${QUIET}"`),
    ]),
    line(left, bottom, right, bottom, `stroke="${INK}"`),
    ...xTicks.map((tick, index) => text(x(index), bottom + 18, tick, `text-anchor="middle" fill="${QUIET}"`)),
    text((left + right) / 2, bottom + 40, xLabel, 'text-anchor="middle"'),
    text(x0 + 18, middle, panel.yLabel, `text-anchor="middle" transform="rotate(-90 ${x0 + 18} ${middle})"`),
    ...panel.series.map((series) => seriesSvg(series, x, y)),
    ...panel.series.map(({ name, colour }, index) =>
      text(right, 46 + index * 15, name, `text-anchor="end" font-weight="600" fill="${colour}"`),
    ),
  ].join('\n');
}

function seriesSvg(
  { name, values, colour, dashed = false, hollow = [] }: Series,
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  const known = values.flatMap((value, index) =>
    Number.isFinite(value) ? [{ value, x: round(x(index)), y: round(y(value)), index }] : [],
  );
  const path = known.map((point) => `${point.x},${point.y}`).join(' ');
  const dash = dashed ? ' stroke-dasharray="6 4"' : '';
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
    ...known.map((point) => {
      const fill = hollow[point.index] === true ? '#ffffff' : colour;
      const label = `${escaped(name)}: ${point.value.toLocaleString('en', { maximumFractionDigits: 1 })}`;
      return `<circle cx="${point.x}" cy="${point.y}" r="3.5" fill="${fill}" stroke="${colour}" stroke-width="1.5"><title>${label}</title></circle>`;
    }),
  ].join('\n');
}

/** Round numbers from 0 to the first at or above `most`: steps of 1, 2 or 5 times a power of ten. */
export function ticksUpTo(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / (MAX_TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${attributes}/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
