// The planted panel: a template.
let words;

export function mount(element) {
  element.insertAdjacentHTML('beforeend', '<p id="planted-words"></p>');
  words = element.querySelector('#planted-words');
}

export function update(state, changed) {
  if (changed.has('step')) words.textContent = describe(state);
}

export const describe = (state) => `Planted at step ${state.step}.`;
