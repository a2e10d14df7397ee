// A labelled slider, number field, choice or text for one setting, with its effect in a line and a way back to the default.
import { onDone, show } from '../typing.js';
import { number } from '../words.js';
/** @import { Spec } from '../types.d.ts' */

/**
 * Builds a control. A slider is [least, most, step]: it ends where the effect ends, the address takes the whole range.
 * @param {Spec} spec
 * @param {{ label: string, effect: string, slider?: number[] }} words
 * @param {{ change: (key: string, text: string) => void, restore: (key: string) => void }} act
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
  onDone(input, (text) => change(key, text));
  const shown = (/** @type {any} */ value) => (typeof value !== 'number' ? value : number(value, slider && slider[2] >= 1 ? 0 : 2));
  if (slider) {
    input.addEventListener('input', () => { output.textContent = shown(Number(input.value)); });
    row.append(name, output, input, text, back);
  } else {
    row.append(name, input, text, back);
  }
  const update = (/** @type {any} */ value, /** @type {any} */ usual) => {
    show(input, value);
    output.textContent = shown(value);
    back.hidden = value === usual;
    back.textContent = `back to ${usual}`;
    back.setAttribute('aria-label', `${label}: back to ${usual}`);
  };
  return { row, update };
}

/**
 * @param {Spec} spec
 * @param {number[]} [slider]
 * @returns {any}
 */
function field({ kind, choices = [], min, max }, slider) {
  if (choices.length > 0) {
    const select = document.createElement('select');
    for (const choice of choices) select.append(new Option(choice, choice));
    return select;
  }
  const input = document.createElement('input');
  if (slider) return Object.assign(input, { type: 'range', min: slider[0], max: slider[1], step: slider[2] });
  const type = ['number', 'positive', 'integer'].includes(kind) ? 'number' : 'text';
  return Object.assign(input, { type, min: min ?? '', max: max ?? '', step: kind === 'integer' ? 1 : 'any', size: 8 });
}
