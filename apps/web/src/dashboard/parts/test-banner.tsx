import { t } from '../../texts/shell.ts';
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
        {t.testBanner((words) => (
          <strong className="font-semibold">{words}</strong>
        ))}
      </p>
      <Button onClick={() => showHalf('live')}>{t.backToLive}</Button>
    </div>
  );
}
