import { Toast as Radix } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { t } from '../texts/ui.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

const SHOWN_MS = 8_000;

const Tell = createContext<(text: string) => void>(() => {});

/** Shows a short confirmation. Problems never go here: they stay where they happened. */
export function useToast(): (text: string) => void {
  return useContext(Tell);
}

/** Each stays 8 s; Radix holds it while the pointer or the focus is on it. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly { id: number; text: string }[]>([]);
  const tell = useCallback((text: string) => {
    setToasts((shown) => [...shown.slice(-2), { id: (shown.at(-1)?.id ?? 0) + 1, text }]);
  }, []);
  return (
    <Tell value={tell}>
      <Radix.Provider duration={SHOWN_MS} swipeDirection="right" label={t.confirmation}>
        {children}
        {toasts.map(({ id, text }) => (
          <Radix.Root
            key={id}
            onOpenChange={(open) => {
              if (!open) setToasts((shown) => shown.filter((toast) => toast.id !== id));
            }}
            className="flex items-center gap-3 rounded-control border border-border bg-surface py-2 pr-2 pl-4 text-14 shadow-lg fade-in"
          >
            <span className="text-success">
              <Icon name="accepted" />
            </span>
            <Radix.Description className="grow break-words">{text}</Radix.Description>
            <Radix.Close asChild>
              <IconButton icon="close" label={t.dismiss} />
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport
          label={t.notifications}
          className="fixed right-0 bottom-0 z-60 flex w-full max-w-96 flex-col gap-2 p-4 outline-none"
        />
      </Radix.Provider>
    </Tell>
  );
}
