/** SQL of both dialects: how many links of the whole store have not ended. */
export const COUNT_OPEN_LINKS = 'select count(*) as n from link where ending is null';

/** Whether a store with these migrations has links; one of an older version has none. */
export function hasLinks(migrations: readonly string[]): boolean {
  return migrations.includes('0027-links');
}
