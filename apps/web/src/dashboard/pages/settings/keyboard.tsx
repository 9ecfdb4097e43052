import { t } from '../../../texts/settings.ts';
import { Checkbox } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { useShortcutsOn } from '../../keyboard.ts';
import { ShortcutList } from '../../parts/keyboard-help.tsx';

export function KeyboardSettings() {
  const [on, setOn] = useShortcutsOn();
  return (
    <Panel title={t.keys}>
      <div className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <Checkbox
          label={t.singleKeys}
          hint={t.singleKeysHint}
          checked={on}
          onChange={(event) => setOn(event.target.checked)}
        />
        <ShortcutList />
      </div>
    </Panel>
  );
}
