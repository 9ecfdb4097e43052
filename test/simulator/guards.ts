/** What keeps the promises, by name: each can be taken out, to see that the simulator notices. */
export const GUARDS = [
  'row-lock',
  'answer-after-commit',
  'answer-after-sync',
  'failure-count',
  'watermark',
] as const;
export type Guard = (typeof GUARDS)[number];
