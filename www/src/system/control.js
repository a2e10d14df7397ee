// A labelled slider, number field, choice or text for one setting, with its effect in a line and a way back to the default.
import { number } from '../words.js';

/**
 * Builds a control: `spec` as in the schema; `words`: { label, effect, slider? }, where a slider is [least, most, step]: it ends where the
 * effect ends, the address takes the whole range. `change(key, text)` and `restore(key)` act. Returns `{ row, update(value, usual) }`.
 */
export function control(spec, { label, effect, slider }, { change, restore }) {
  const { key } = spec;
  const row = document.createElement('div');
  row.className = 'control';
  const input = field(spec, slider);
  input.id = `set-${key}`;
  input.setAttribute('aria-describedby', `effect-${key}`);
  const name = Object.assign(document.createElement('label'), { htmlFor: input.id, textContent: label });
  const output = Object.assign(document.createElement('output'), { htmlFor: input.id });
  const text = Object.assign(document.createElement('span'), { id: `effect-${key}`, className: 'effect', textContent: effect });
  const back = Object.assign(document.createElement('button'), { type: 'button', className: 'changed', hidden: true });
  back.addEventListener('click', () => {
    restore(key);
    input.focus();
  });
  input.addEventListener('change', () => change(key, input.value));
  const shown = (value) => (typeof value !== 'number' ? value : number(value, slider && slider[2] >= 1 ? 0 : 2));
  if (slider) {
    input.addEventListener('input', () => { output.textContent = shown(Number(input.value)); });
    row.append(name, output, input, text, back);
  } else {
    row.append(name, input, text, back);
  }
  const update = (value, usual) => {
    if (document.activeElement !== input || input.type === 'range') input.value = value;
    output.textContent = shown(value);
    back.hidden = value === usual;
    back.textContent = `back to ${usual}`;
    back.setAttribute('aria-label', `${label}: back to ${usual}`);
  };
  return { row, update };
}

function field({ kind, choices, min, max }, slider) {
  if (choices?.length) {
    const select = document.createElement('select');
    for (const choice of choices) select.append(new Option(choice, choice));
    return select;
  }
  const input = document.createElement('input');
  if (slider) return Object.assign(input, { type: 'range', min: slider[0], max: slider[1], step: slider[2] });
  const type = ['number', 'positive', 'integer'].includes(kind) ? 'number' : 'text';
  return Object.assign(input, { type, min: min ?? '', max: max ?? '', step: kind === 'integer' ? 1 : 'any', size: 8 });
}
