/** What is wrong is what was sent, or a row that it touched, and not the database. */
export function isCulprits(error: unknown): boolean {
  return /^(21|22|23|42|54|XX)/.test((error as { code?: string }).code ?? '');
}
