// Single keys, and the sheet that lists them. They rest while someone types, and can be switched off (WCAG 2.1.4).

/**
 * Connects keys to actions; a key without a label belongs to the one before.
 * @param {{ key: string, label?: string, words?: string, act: () => unknown }[]} keys
 */
export function connectKeys(keys) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('help'));
  const openButton = /** @type {HTMLElement} */ (document.getElementById('help-open'));
  let enabled = true;
  const open = async () => {
    const { fill } = await import('./help.js');
    fill(dialog, keys, (on) => { enabled = on; });
    if (!dialog.open) dialog.showModal();
  };
  openButton.addEventListener('click', open);
  openButton.classList.remove('later');
  const actions = new Map(keys.map(({ key, act }) => [key, act]));
  actions.set('?', open);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.('input:not([type="checkbox"]), select, textarea')) return;
    const act = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    // Space on a button or a link means that button.
    if (!act || (!enabled && event.key !== '?') || (event.key === ' ' && target.closest?.('button, a, summary, input'))) return;
    event.preventDefault();
    // Held down, only keys that move by steps act again.
    if (!event.repeat || /^Arrow|^[[\]+-]$/.test(event.key)) act();
  });
}
