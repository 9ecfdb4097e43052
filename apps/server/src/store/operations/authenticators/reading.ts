import { secretUnreadable } from '../../../domain/errors.ts';

/** Damaged rows concern their client only: its log says so, and nothing is accepted. Read before anything is written. */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof RangeError ? secretUnreadable(error) : error;
  }
}
