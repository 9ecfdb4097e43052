import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export type MenuItem =
  /** `id` where labels are free and may be alike. */
  | { label: string; onSelect: () => void; danger?: boolean; id?: string }
  /** Something to save; `file` names it where the server does not. */
  | { label: string; href: string; file?: string };

const ITEM =
  'flex h-control cursor-pointer items-center rounded-badge px-3 text-14 outline-none data-[highlighted]:bg-sunken';

/** Not modal: Radix's modal menu writes a `<style>` element, which the content security policy refuses. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: readonly MenuItem[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-control border border-border bg-surface p-1 shadow-lg fade-in"
        >
          {items.map((item) =>
            'href' in item ? (
              <DropdownMenu.Item key={item.label} asChild className={ITEM}>
                <a href={item.href} download={item.file ?? ''}>
                  {item.label}
                </a>
              </DropdownMenu.Item>
            ) : (
              <DropdownMenu.Item
                key={item.id ?? item.label}
                onSelect={item.onSelect}
                className={classes(ITEM, item.danger === true && 'text-danger')}
              >
                <span className="truncate">{item.label}</span>
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
