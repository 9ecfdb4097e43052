import type { TraceParent } from './trace-context.ts';

/** The samplers that `OTEL_TRACES_SAMPLER` may name. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** Whether a request is traced. */
export type Sampler = (traceId: string, parent: TraceParent | null) => boolean;

const PARENT_BASED = 'parentbased_';
/** 52 of the random bits: as many as a number holds exactly. */
const DIGITS = 13;

/** @param ratio which part of the traces a sampler with `traceidratio` takes, 0 to 1 */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  if (name.startsWith(PARENT_BASED)) {
    const own = createSampler(name.slice(PARENT_BASED.length) as SamplerName, ratio);
    return (traceId, parent) => parent?.sampled ?? own(traceId, parent);
  }
  if (name === 'always_on') return () => true;
  if (name === 'always_off') return () => false;
  // By the trace's id, so that every service that asks the same decides the same.
  return (traceId) => Number.parseInt(traceId.slice(-DIGITS), 16) / 16 ** DIGITS < ratio;
}
