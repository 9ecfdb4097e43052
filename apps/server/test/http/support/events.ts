import type { Answer, TestAccount } from './start-app.ts';

/** All events of one type, newest first, page after page. */
export async function events({ call }: TestAccount, event: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer = await call(
      'GET',
      `/api/logs?event=${event}&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    const { data, nextCursor }: { data: Record<string, unknown>[]; nextCursor: string | null } = page.json();
    all.push(...data);
    cursor = nextCursor;
  }
  return all;
}
