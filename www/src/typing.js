// Fields for numbers and texts: what somebody types stays until it is done, and then what the page has made of it is shown.

/**
 * Fields that hold something that is not done yet.
 * @type {WeakSet<HTMLInputElement>}
 */
const open = new WeakSet();

/**
 * Calls `act` with what was typed, or chosen, when that is done.
 * @param {HTMLInputElement} input
 * @param {(text: string) => void} act
 */
export function onDone(input, act) {
  input.addEventListener('input', () => open.add(input));
  input.addEventListener('blur', () => open.delete(input));
  input.addEventListener('change', () => {
    open.delete(input);
    act(input.value);
  });
}

/**
 * Shows a value, unless somebody is typing another one.
 * @param {HTMLInputElement} input
 * @param {string | number} value
 */
export function show(input, value) {
  if (!open.has(input) && input.value !== String(value)) input.value = String(value);
}
