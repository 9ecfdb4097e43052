/** `length` bytes from a generator fit for secrets. */
export type RandomBytes = (length: number) => Uint8Array;
