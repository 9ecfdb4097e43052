import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Tab {
  value: string;
  label: string;
  content: ReactNode;
}

interface TabsProps {
  label: string;
  tabs: readonly [Tab, ...Tab[]];
  /** The `value` of the one that is shown first; absent: the first. */
  initial?: string;
  onPick?: (value: string) => void;
}

/** Arrow keys go from tab to tab. */
export function Tabs({ label, tabs, initial = tabs[0].value, onPick = () => {} }: TabsProps) {
  return (
    <Radix.Root defaultValue={initial} onValueChange={onPick}>
      <Radix.List aria-label={label} className="flex gap-1 border-b border-border">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px h-control cursor-pointer border-b-2 border-transparent px-3 text-14 text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-ink"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="pt-3">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
