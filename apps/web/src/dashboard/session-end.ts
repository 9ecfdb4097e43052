let listener: () => void = () => {};

/** Listeners for an answer that shows that the session is over. */
export function whenSessionEnds(told: () => void): void {
  listener = told;
}

export function tellSessionEnd(): void {
  listener();
}
