import { t } from '../../texts/exporting.ts';
import { Panel } from '../../ui/panel.tsx';

/** What the file has, and what it has not, before anything leaves. */
export function ContentsPanel() {
  return (
    <Panel title={t.whatYouTake}>
      <div className="flex flex-col gap-3 px-4 pb-5 text-14 sm:px-5">
        <p>
          {t.inFile((words) => (
            <strong className="font-semibold">{words}</strong>
          ))}
        </p>
        <p>
          {t.notInFile((words) => (
            <strong className="font-semibold">{words}</strong>
          ))}
        </p>
        <p>
          {t.inLog((words) => (
            <strong className="font-semibold">{words}</strong>
          ))}
        </p>
        <p>
          {t.stopFirst}
          <a href="/docs/guides/moving-out" className="text-accent underline">
            {t.movingOut}
          </a>
        </p>
      </div>
    </Panel>
  );
}
