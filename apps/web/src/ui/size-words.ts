import { numberWords } from './formats.ts';

const SIZES = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** How much that is: "1.2 MB". */
export function sizeWords(bytes: number): string {
  const [unit, size] = SIZES.find(([, size]) => bytes >= size) ?? ['bytes', 1];
  return `${numberWords(bytes / size, { maximumFractionDigits: 1 })} ${unit}`;
}
