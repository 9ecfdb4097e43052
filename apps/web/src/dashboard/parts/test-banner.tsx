import { Button } from '../../ui/button.tsx';
import { showHalf, useMode } from '../mode.ts';

/** Says on every page that its users are made up. */
export function TestBanner() {
  if (useMode() === 'live') return null;
  return (
    <div
      role="status"
      className="mb-6 flex flex-wrap items-center justify-between gap-3 rounded-control border border-warning bg-warning-soft px-4 py-2 text-14 text-ink"
    >
      <p>
        <strong className="font-semibold">Test half.</strong> Made-up users, and a clock of its own. Nothing
        here touches a real user.
      </p>
      <Button onClick={() => showHalf('live')}>Back to live</Button>
    </div>
  );
}
