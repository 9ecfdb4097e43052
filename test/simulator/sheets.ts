/** Recovery codes on paper: what is on a sheet, and by what a store knows a code. */
import { createHash } from 'node:crypto';
import { SHEET } from './schedule.ts';

/** The codes that a call makes. */
export function sheetOf(call: string): string[] {
  return Array.from({ length: SHEET }, (_, place) => codeOnSheet(call, place));
}

export function codeOnSheet(call: string, place: number): string {
  return `${call} ${place}`;
}

/** What is kept of a client's code. */
export function macOf(clientId: string, code: string): Buffer {
  return createHash('sha256').update(`${clientId} ${code}`).digest();
}

/** The same as text. */
export function nameOfMac(mac: Uint8Array): string {
  return Buffer.from(mac).toString('hex').slice(0, 16);
}
