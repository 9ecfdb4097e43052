import { t } from '../../texts/shell.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { shortcuts } from '../keyboard.ts';

export function KeyboardHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={t.keys}>
      <ShortcutList />
      <p className="mt-4 text-14 text-muted">{t.singleKeysOff}</p>
    </Dialog>
  );
}

export function ShortcutList() {
  return (
    <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2 text-14">
      {shortcuts().map(([keys, words]) => (
        <div key={keys} className="contents">
          <dt className="flex gap-1">
            {keys.split(/ +/).map((key) => (
              <kbd
                key={key}
                className="min-w-6 rounded-badge border border-border bg-sunken px-1.5 text-center text-12"
              >
                {key}
              </kbd>
            ))}
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
