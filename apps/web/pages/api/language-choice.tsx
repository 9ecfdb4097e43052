import { WAYS } from '../markdown-ways.ts';

/** One choice for all snippets of the page. It works by style alone; a script remembers it. */
export function LanguageChoice({
  languages,
}: {
  languages: readonly { readonly id: string; readonly name: string }[];
}) {
  return (
    <fieldset className="languages">
      <legend>Examples in</legend>
      {languages.map(({ id, name }, index) => (
        <label key={id}>
          <input type="radio" name="lang" value={id} defaultChecked={index === 0} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** One choice for all steps of a page that can be followed in two ways. It works by style alone, too. */
export function WayChoice() {
  return (
    <fieldset className="languages ways">
      <legend>Follow this page</legend>
      {WAYS.map(({ id, name }, index) => (
        <label key={id}>
          <input type="radio" name="way" value={id} defaultChecked={index === 0} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** Where the page's script offers a key to someone who is signed in, for all snippets of the page that need one. */
export function KeyOffer() {
  return <p className="key-offer" data-key-offer="" hidden />;
}
