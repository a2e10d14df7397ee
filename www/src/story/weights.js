// What weights change: the share of the right state, from the raw flow to the weighted one, beside the exact share.
import { number, percent } from '../words.js';

export function mount(element, page) {
  element.innerHTML = `
    <div class="shares">
      <span>flow</span><span class="bar"><i id="share-bar"></i><b id="share-exact"></b></span><output id="share-text" for="trust">–</output>
    </div>
    <label class="slider"><span>raw</span><input type="range" id="trust" min="0" max="1" step="0.05" value="0" aria-label="Trust the weights"><span>weighted</span></label>
    <p class="caption" id="share-words"></p>`;
  const find = (name) => element.querySelector(`#${name}`);
  const slider = find('trust');
  const draw = () => {
    const e = page.state.estimate;
    if (!e) return;
    const trust = Number(slider.value);
    // In between the odds go straight on a logarithmic scale, as they do for weights w^α of two states.
    const odds = (p) => Math.log(p / (1 - p));
    const between = (1 - trust) * odds(e.raw_share) + trust * odds(e.share);
    const shown = 1 / (1 + Math.exp(-between));
    const exact = 1 / (1 + Math.exp(e.delta_f_exact));
    const [, right] = page.state.system.states;
    find('share-bar').style.width = `${100 * shown}%`;
    find('share-exact').style.left = `${100 * exact}%`;
    find('share-text').textContent = percent(shown, 1);
    find('share-words').textContent = `Share of “${right}”: raw ${percent(e.raw_share, 1)}, weighted ${percent(e.share, 1)}, exact ${percent(exact, 1)} (the mark). That is ΔF = ${number(e.delta_f)} kT.`;
  };
  slider.addEventListener('input', () => {
    draw();
    if (Number(slider.value) === 1) page.story.note('trusted');
  });
  return { update: (_, changed) => changed.has('estimate') && draw() };
}
