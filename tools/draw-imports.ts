/**
 * Draws which rooms of the server import which: one row a layer, one box a noun, an arrow for imports of values.
 * `npm run draw` writes docs/images/imports.svg. An arrow that points up is red; `test/repo/layers.test.ts` refuses it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSources, type SourceFile, valueCircles } from './source-graph.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SERVER = 'apps/server/src/';
export const DRAWING = 'docs/images/imports.svg';

/** From the top; each may import from rows below it, and `http` from `observability`. */
const ROWS = [
  ['main.ts'],
  ['cli'],
  ['compose', 'config', 'witness'],
  ['http'],
  ['background', 'crypto', 'observability'],
  ['store'],
  ['domain'],
  ['packages'],
] as const;

const WIDTH = 1_280;
const ROW_HEIGHT = 104;
const BOX_HEIGHT = 40;
const TITLE_WIDTH = 120;
const LETTER_WIDTH = 7.4;
const FONT = 'ui-sans-serif, system-ui, sans-serif';

interface Box {
  readonly name: string;
  readonly label: string;
  readonly row: number;
  readonly x: number;
  readonly width: number;
}

interface Arrow {
  readonly from: Box;
  readonly to: Box;
  /** How many files of one import values of the other. */
  readonly weight: number;
}

/** The drawing as SVG; the same for the same imports. */
export function drawImports(files: ReadonlyMap<string, SourceFile>): string {
  const rooms = [...new Set([...files.keys()].map(roomOf))].sort();
  const boxes = new Map(
    ROWS.flatMap((layers, row) => placeRow(rooms, layers, row)).map((box) => [box.name, box]),
  );
  const arrows = arrowsBetween(files, boxes);
  const height = ROWS.length * ROW_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}" font-size="13">
<title>Which rooms of the server import which</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${ROWS.map(drawTitle).join('\n')}
${arrows.map(drawArrow).join('\n')}
${[...boxes.values()].map(drawBox).join('\n')}
</svg>
`;
}

/** `domain/clients`, `store/operations/clients`, `packages/otp`, `main.ts`; files of a layer itself: `domain`. */
function roomOf(path: string): string {
  if (!path.startsWith(SERVER)) return path.split('/').slice(0, 2).join('/');
  const folders = path.slice(SERVER.length).split('/').slice(0, -1);
  return folders.length === 0 ? 'main.ts' : folders.slice(0, 3).join('/');
}

function placeRow(rooms: readonly string[], layers: readonly string[], row: number): Box[] {
  const inRow = layers.flatMap((layer) =>
    rooms.filter((room) => room === layer || room.startsWith(`${layer}/`)),
  );
  const labels = inRow.map((room) => (layers.includes(room) ? room : room.split('/').slice(1).join('/')));
  const natural = labels.map((label) => label.length * LETTER_WIDTH + 14);
  const space = WIDTH - TITLE_WIDTH - 16;
  const scale = Math.min(1, (space - inRow.length * 8) / natural.reduce((sum, width) => sum + width, 0));
  const gap = (space - natural.reduce((sum, width) => sum + width * scale, 0)) / inRow.length;
  let x = TITLE_WIDTH + gap / 2;
  return inRow.map((name, index) => {
    const width = (natural[index] as number) * scale;
    const box = { name, label: labels[index] as string, row, x, width };
    x += width + gap;
    return box;
  });
}

function arrowsBetween(files: ReadonlyMap<string, SourceFile>, boxes: ReadonlyMap<string, Box>): Arrow[] {
  const weights = new Map<string, number>();
  for (const { path, imports } of files.values()) {
    const targets = imports
      .filter(({ typeOnly }) => !typeOnly)
      .map(({ target }) => (files.has(target) ? roomOf(target) : target.replace(/^@kanda\//, 'packages/')))
      .filter((room) => boxes.has(room) && room !== roomOf(path));
    for (const room of new Set(targets)) {
      const key = `${roomOf(path)} ${room}`;
      weights.set(key, (weights.get(key) ?? 0) + 1);
    }
  }
  return [...weights].sort().map(([key, weight]) => {
    const [from = '', to = ''] = key.split(' ');
    return { from: boxes.get(from) as Box, to: boxes.get(to) as Box, weight };
  });
}

function drawTitle(layers: readonly string[], row: number): string {
  const y = row * ROW_HEIGHT;
  const shade =
    row % 2 === 0 ? `<rect y="${y}" width="${WIDTH}" height="${ROW_HEIGHT}" fill="#f6f7f9"/>` : '';
  const lines = layers.map((layer, index) => `<tspan x="16" dy="${index === 0 ? 0 : 17}">${layer}</tspan>`);
  const top = y + ROW_HEIGHT / 2 + 5 - ((layers.length - 1) * 17) / 2;
  return `${shade}<text y="${top}" font-weight="600" fill="#1c2733">${lines.join('')}</text>`;
}

function drawArrow({ from, to, weight }: Arrow): string {
  const [x1, x2] = [from, to].map(({ x, width }) => Math.round(x + width / 2)) as [number, number];
  const middle = ROW_HEIGHT / 2;
  const y1 = Math.round(from.row * ROW_HEIGHT + middle + BOX_HEIGHT / 2);
  const y2 = Math.round(to.row * ROW_HEIGHT + middle - BOX_HEIGHT / 2);
  const width = Math.min(4, 0.5 + weight / 6).toFixed(1);
  const about = `<title>${from.name} → ${to.name}: ${weight}</title>`;
  if (from.row === to.row) {
    const top = y1 - BOX_HEIGHT - 18;
    return `<path d="M${x1} ${y1 - BOX_HEIGHT}Q${(x1 + x2) / 2} ${top} ${x2} ${y2}" fill="none" stroke="#8a97a6" stroke-width="${width}">${about}</path>`;
  }
  const up = to.row < from.row;
  const bend = Math.round((y1 + y2) / 2);
  return `<path d="M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}" fill="none" stroke="${up ? '#c22' : '#5b8def'}" stroke-opacity="${up ? 1 : 0.45}" stroke-width="${width}">${about}</path>`;
}

function drawBox({ label, row, x, width }: Box): string {
  const y = row * ROW_HEIGHT + (ROW_HEIGHT - BOX_HEIGHT) / 2;
  const length =
    label.length * LETTER_WIDTH > width - 8
      ? ` textLength="${Math.round(width - 8)}" lengthAdjust="spacingAndGlyphs"`
      : '';
  return (
    `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BOX_HEIGHT}" rx="6" fill="#fff" stroke="#1c2733"/>` +
    `<text x="${(x + width / 2).toFixed(1)}" y="${y + 25}" text-anchor="middle" fill="#1c2733"${length}>${label}</text>`
  );
}

/** The files that are drawn. */
export function drawnSources(): ReadonlyMap<string, SourceFile> {
  // The SDK is no part of the server.
  return readSources(ROOT, [`${SERVER}**/*.ts`, 'packages/{formats,otp,tlog}/src/**/*.ts']);
}

if (import.meta.main) {
  const files = drawnSources();
  writeFileSync(`${ROOT}${DRAWING}`, drawImports(files));
  console.log(`${DRAWING}: ${files.size} files, ${valueCircles(files).length} circles of values`);
}
