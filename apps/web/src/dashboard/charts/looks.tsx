/** How the parts of bars look: each reads without colour. */

interface Solid {
  /** The class of its colour. */
  fill: string;
}

interface Patterned {
  /** px: how often it repeats. */
  every: number;
  turned?: number;
  stroke: string;
  /** What is drawn on the surface. */
  shape: 'stripe' | 'dot' | 'none';
  fill: string;
}

const LOOKS = {
  accent: { fill: 'fill-accent' },
  warning: { fill: 'fill-warning' },
  muted: { fill: 'fill-muted' },
  danger: { fill: 'fill-danger' },
  hatched: { every: 5, turned: 45, shape: 'stripe', fill: 'fill-danger', stroke: 'stroke-danger' },
  lined: { every: 4, turned: 90, shape: 'stripe', fill: 'fill-ink', stroke: 'stroke-ink' },
  dotted: { every: 5, shape: 'dot', fill: 'fill-accent', stroke: 'stroke-accent' },
  empty: { every: 5, shape: 'none', fill: '', stroke: 'stroke-edge' },
} as const satisfies Record<string, Solid | Patterned>;

export type LookName = keyof typeof LOOKS;

interface PatternsProps {
  /** Of this drawing: what `Part` has, too. */
  id: string;
  looks: readonly LookName[];
}

/** The patterns of a drawing, once for all that has them. */
export function Patterns({ id, looks }: PatternsProps) {
  return (
    <defs>
      {looks.map((name) => {
        const look: Solid | Patterned = LOOKS[name];
        if (!('every' in look)) return null;
        const { every, turned = 0, shape, fill } = look;
        return (
          <pattern
            key={name}
            id={`${id}-${name}`}
            width={every}
            height={every}
            patternUnits="userSpaceOnUse"
            patternTransform={`rotate(${turned})`}
          >
            <rect width={every} height={every} className="fill-surface" />
            {shape === 'stripe' && <rect width="2" height={every} className={fill} />}
            {shape === 'dot' && <circle cx="2.5" cy="2.5" r="1.3" className={fill} />}
          </pattern>
        );
      })}
    </defs>
  );
}

interface PartProps {
  id: string;
  look: LookName;
  x?: number;
  y?: number;
  width: number;
  height: number;
}

/** A rectangle of this look: the edge of one with a pattern is within it. */
export function Part({ id, look: name, x = 0, y = 0, width, height }: PartProps) {
  const look: Solid | Patterned = LOOKS[name];
  if (!('every' in look)) return <rect x={x} y={y} width={width} height={height} className={look.fill} />;
  return (
    <rect
      x={x + 0.5}
      y={y + 0.5}
      width={Math.max(width - 1, 0.5)}
      height={Math.max(height - 1, 0.5)}
      fill={`url(#${id}-${name})`}
      className={look.stroke}
      strokeWidth="1"
    />
  );
}
