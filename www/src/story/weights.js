// What weights change: the share of the right state among the draws, among their weights, and in truth.
import { number, percent } from '../words.js';

export function mount(element, page) {
  element.innerHTML = `
    <div class="shares">${['raw', 'weighted', 'exact'].map((name) => `<span>${name}</span><span class="bar"><i class="${name}"></i></span><b id="share-${name}">–</b>`).join('')}</div>
    <p class="caption" id="share-words"></p>`;
  const tell = ({ estimate: e, system }) => {
    if (!e || !system) return;
    const shares = { raw: e.raw_share, weighted: e.share, exact: 1 / (1 + Math.exp(e.delta_f_exact)) };
    for (const [name, share] of Object.entries(shares)) {
      element.querySelector(`i.${name}`).style.width = `${100 * share}%`;
      element.querySelector(`#share-${name}`).textContent = percent(share, 1);
    }
    element.querySelector('#share-words').textContent = `Share of the state “${system.states[1]}”. The weighted one is ΔF = ${number(e.delta_f)} kT.`;
  };
  // The slider is the panel's own: first none of the weights, then all of them.
  const slider = /** @type {HTMLElement} */ (document.getElementById('reweighting'));
  let without = false;
  const moved = ({ target }) => {
    if (!element.isConnected || !element.childElementCount) return slider.removeEventListener('input', moved);
    if (target.id !== 'trust') return undefined;
    if (Number(target.value) < 0.1) without = true;
    if (Number(target.value) === 1 && without) page.views.story.note('trusted');
    return undefined;
  };
  slider.addEventListener('input', moved);
  return { update: (state, changed) => changed.has('estimate') && tell(state) };
}
