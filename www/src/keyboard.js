// Single keys, and the sheet that lists them. They rest while someone types, and can be switched off (WCAG 2.1.4).

/**
 * Connects keys to actions; a key without a label belongs to the one before.
 * @param {{ key: string, label?: string, words?: string, act: () => unknown }[]} keys
 */
export function connectKeys(keys) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('help'));
  const openButton = /** @type {HTMLElement} */ (document.getElementById('help-open'));
  let enabled = true;
  fill(dialog, keys, (on) => { enabled = on; });
  const open = () => dialog.open || dialog.showModal();
  openButton.addEventListener('click', open);
  openButton.classList.remove('later');
  const actions = new Map(keys.map(({ key, act }) => [key, act]));
  actions.set('?', open);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog.open) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.('input:not([type="checkbox"]), select, textarea')) return;
    const act = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    // Space on a button or a link means that button.
    if (!act || (!enabled && event.key !== '?') || (event.key === ' ' && target.closest?.('button, a, summary, input'))) return;
    event.preventDefault();
    act();
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ label?: string, words?: string }[]} keys
 * @param {(on: boolean) => void} enable
 */
function fill(dialog, keys, enable) {
  const list = keys.filter(({ label }) => label).map(({ label, words }) => `<dt><kbd>${label}</kbd></dt><dd>${words}</dd>`).join('');
  dialog.innerHTML = `
    <h2 id="help-title">Keys</h2>
    <dl>${list}<dt><kbd>?</kbd></dt><dd>this sheet</dd></dl>
    <form method="dialog" class="row">
      <label><input type="checkbox" checked id="keys-on"> single keys work</label>
      <button class="primary" autofocus>Close</button>
    </form>`;
  const box = /** @type {HTMLInputElement} */ (dialog.querySelector('#keys-on'));
  box.addEventListener('change', () => enable(box.checked));
}
