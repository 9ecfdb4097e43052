import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { t } from '../../texts/log.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ownZone, zoneNames } from '../../ui/zoned-time.ts';
import { filterWords, isFiltered, type LogFilter } from '../log-filter.ts';
import { COLUMN_NAMES, COLUMNS, type LogColumn, setLogView, useLogView } from '../log-view.ts';
import { MAX_NAME, type SavedViews, useSavedViews } from '../saved-views.ts';

const route = getRouteApi('/dashboard/logs');

/** The saved views, and how the log is shown. */
export function LogViews({ filter }: { filter: LogFilter }) {
  const navigate = route.useNavigate();
  const saved = useSavedViews();
  const [open, setOpen] = useState<'views' | 'look' | null>(null);
  return (
    <>
      <Menu
        trigger={
          <Button>
            {t.view}
            <Icon name="down" />
          </Button>
        }
        items={[
          { label: t.savedViewsMenu, onSelect: () => setOpen('views') },
          { label: t.columnsMenu, onSelect: () => setOpen('look') },
          ...saved.views.map((view) => ({
            id: `view ${view.name}`,
            label: view.name,
            onSelect: () => void navigate({ search: view.filter }),
          })),
        ]}
      />
      {open === 'views' && <SavedViewsDialog filter={filter} saved={saved} onClose={() => setOpen(null)} />}
      {open === 'look' && <LookDialog onClose={() => setOpen(null)} />}
    </>
  );
}

interface SavedViewsDialogProps {
  filter: LogFilter;
  saved: SavedViews;
  onClose: () => void;
}

function SavedViewsDialog({ filter, saved, onClose }: SavedViewsDialogProps) {
  const { zone } = useLogView();
  const [name, setName] = useState('');
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    saved.save({ name: name.trim(), filter });
    onClose();
  };
  return (
    <Dialog open title={t.savedViews} description={t.savedViewsHint} onClose={onClose}>
      {isFiltered(filter) ? (
        <form onSubmit={save} className="mb-5 flex flex-col gap-3">
          <Field label={t.saveFiltersAs} hint={filterWords(filter, zone)}>
            {(wiring) => (
              <TextInput
                {...wiring}
                maxLength={MAX_NAME}
                value={name}
                onChange={({ target }) => setName(target.value)}
              />
            )}
          </Field>
          <Button type="submit" look="primary" className="self-start" disabled={name.trim() === ''}>
            {t.saveView}
          </Button>
        </form>
      ) : (
        <p className="mb-5 text-14">{t.setFilterFirst}</p>
      )}
      {saved.views.length > 0 && (
        <ul className="divide-y divide-border border-t border-border text-14">
          {saved.views.map((view) => (
            <li key={view.name} className="flex items-center justify-between gap-3 py-2">
              <Link
                to="/dashboard/logs"
                search={view.filter}
                onClick={onClose}
                className="min-w-0 text-accent underline [overflow-wrap:anywhere]"
              >
                {view.name}
              </Link>
              <Button look="quiet" onClick={() => saved.remove(view.name)}>
                {t.delete}
                <span className="sr-only"> {view.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function LookDialog({ onClose }: { onClose: () => void }) {
  const { columns, zone } = useLogView();
  const toggle = (column: LogColumn, on: boolean) =>
    setLogView({
      zone,
      columns: COLUMN_NAMES.filter((each) => (each === column ? on : columns.includes(each))),
    });
  return (
    <Dialog open title={t.columnsAndZone} description={t.columnsHint} onClose={onClose}>
      <div className="flex flex-col gap-5">
        <Field label={t.timesInLabel} hint={t.timesInHint}>
          {(wiring) => (
            <NativeSelect
              {...wiring}
              value={zone ?? ''}
              onChange={({ target: { value } }) =>
                setLogView({ columns, zone: value === '' ? undefined : value })
              }
            >
              <option value="">{t.browserZone(ownZone())}</option>
              <option value="UTC">UTC</option>
              {zoneNames()
                .filter((name) => name !== 'UTC')
                .map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
            </NativeSelect>
          )}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-14 font-semibold">{t.columnsBeside}</legend>
          {COLUMN_NAMES.map((column) => (
            <Checkbox
              key={column}
              label={COLUMNS[column]}
              checked={columns.includes(column)}
              onChange={({ target }) => toggle(column, target.checked)}
            />
          ))}
        </fieldset>
        <Button look="primary" className="self-start" onClick={onClose}>
          {t.done}
        </Button>
      </div>
    </Dialog>
  );
}
