// Panels whose content can be folded away under their heading; the browser remembers which.

const KEY = 'folded';

function remembered() {
  try { return new Set(JSON.parse(localStorage.getItem(KEY) ?? '[]')); } catch { return new Set(); }
}

function remember(id, folded) {
  const all = remembered();
  if (folded) all.add(id);
  else all.delete(id);
  try { localStorage.setItem(KEY, JSON.stringify([...all])); } catch { /* no storage: it lasts as long as the page */ }
}

/**
 * Gives a section a heading that folds it, and returns `{ body, show(whole) }`: the element for its content, and a function that
 * shows it whole or as it was left. `changed` is called after folding.
 */
export function foldable(section, id, title, changed) {
  section.innerHTML = `<h2 id="${id}-title"><button type="button" class="fold" aria-controls="${id}-body">${title}</button></h2><div class="body" id="${id}-body"></div>`;
  const button = section.querySelector('.fold');
  const body = section.querySelector('.body');
  let left = remembered().has(id);
  const show = (whole) => {
    body.hidden = left && !whole;
    button.setAttribute('aria-expanded', String(!body.hidden));
  };
  button.addEventListener('click', () => {
    left = !body.hidden;
    remember(id, left);
    changed();
  });
  show(false);
  return { body, show };
}
