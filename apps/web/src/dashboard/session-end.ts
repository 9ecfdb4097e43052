let listener: () => void = () => {};

/** Who is told when an answer shows that the session is over. */
export function whenSessionEnds(told: () => void): void {
  listener = told;
}

export function tellSessionEnd(): void {
  listener();
}
