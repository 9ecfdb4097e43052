import { t } from '../../texts/events.ts';
import { Icon } from '../../ui/icons.tsx';
import { actorWords, keyOf } from '../event-words.ts';

/** Who did it: a key by its name where it is known, which the icon tells from a person's. */
export function Actor({ actor, keyNames }: { actor: string; keyNames: ReadonlyMap<string, string> }) {
  const name = keyNames.get(keyOf(actor) ?? '');
  if (name === undefined) return actorWords(actor);
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 align-bottom" title={name}>
      <Icon name="keys" size={14} />
      <span className="sr-only">{t.key}</span>
      <bdi className="truncate">{name}</bdi>
    </span>
  );
}
