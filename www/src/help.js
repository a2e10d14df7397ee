// The sheet that lists the keys; it is fetched when it is first asked for.

/**
 * Fills the sheet once.
 * @param {HTMLDialogElement} dialog
 * @param {{ label?: string, words?: string }[]} keys
 * @param {(on: boolean) => void} enable
 */
export function fill(dialog, keys, enable) {
  if (dialog.childElementCount) return;
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
