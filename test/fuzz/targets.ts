/** Every parser that is fed. */
import { formatTargets } from './format-targets.ts';
import type { Target } from './fuzzer.ts';
import { noteTargets } from './note-targets.ts';
import { settingTargets } from './setting-targets.ts';
import { textTargets } from './text-targets.ts';

export const PARSERS: readonly Target[] = [
  ...textTargets,
  ...noteTargets,
  ...settingTargets,
  ...formatTargets,
];
