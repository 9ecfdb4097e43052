import { Checkbox } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { useShortcutsOn } from '../../keyboard.ts';
import { ShortcutList } from '../../parts/keyboard-help.tsx';

export function KeyboardSettings() {
  const [on, setOn] = useShortcutsOn();
  return (
    <Panel title="Keys">
      <div className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <Checkbox
          label="Single keys do something"
          hint="Switch this off when speech input or a slip of the hand sets them off. This browser remembers it."
          checked={on}
          onChange={(event) => setOn(event.target.checked)}
        />
        <ShortcutList />
      </div>
    </Panel>
  );
}
