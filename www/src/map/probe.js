// One point and its partner: four sliders that say where, and a card that says what is known of it.
import { number } from '../words.js';

const STEP = 0.05;
const LARGE_STEP = 0.5;
const REACH = 3.5;
const PLANES = { z: ['z₁', 'z₂'], x: ['x₁', 'x₂'] };
const NONE = 'Move over either plane, or use the sliders: one point and its partner are marked.';

export class Probe {
  /** Fills `root`; `ask(plane, point)` asks for the partner of a point of plane z or x. */
  constructor(root, ask) {
    const slider = (/** @type {any} */ [plane, i]) => `<label for="probe-${plane}${i}">${PLANES[plane][i - 1]} <input type="range" id="probe-${plane}${i}" min="${-REACH}" max="${REACH}" step="any" value="0"></label>`;
    const each = ['z', 'x'].flatMap((plane) => [[plane, 1], [plane, 2]]);
    root.innerHTML = `
      <div class="sliders" role="group" aria-label="The point">${each.map(slider).join('')}</div>
      <output id="probe-text" for="${each.map(([plane, i]) => `probe-${plane}${i}`).join(' ')}">${NONE}</output>`;
    this.words = root.querySelector('#probe-text');
    this.sliders = Object.fromEntries(Object.keys(PLANES).map((plane) => [plane, [1, 2].map((i) => root.querySelector(`#probe-${plane}${i}`))]));
    for (const [plane, pair] of Object.entries(this.sliders)) {
      const point = () => pair.map((one) => Number(one.value));
      for (const one of pair) {
        one.addEventListener('input', () => ask(plane, point()));
        one.addEventListener('keydown', (event) => {
          const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
          if (!sign) return;
          event.preventDefault();
          const value = Number(one.value) + sign * (event.shiftKey ? LARGE_STEP : STEP);
          one.value = value.toFixed(2);
          ask(plane, point());
        });
      }
    }
  }

  /** For a system whose configurations lie in these ranges. */
  reset(ranges) {
    this.found = undefined;
    this.words.textContent = NONE;
    ranges.forEach(([low, high], i) => Object.assign(this.sliders.x[i], { min: low, max: high }));
  }

  show(found) {
    this.found = found;
    for (const [plane, pair] of Object.entries(this.sliders)) {
      pair.forEach((slider, i) => {
        slider.value = found[plane][i];
        slider.setAttribute('aria-valuetext', number(found[plane][i]));
      });
    }
    const pair = (v) => `(${number(v[0])}, ${number(v[1])})`;
    const weight = Math.exp(Math.min(20, found.log_weight));
    const words = `z ${pair(found.z)} ⇄ x ${pair(found.x)}. Energy u ${number(found.energy)} kT, log|det J| ${number(found.log_det)}, weight ${weight < 0.005 ? 'below 0.01' : number(weight)} × the mean.`;
    this.words.textContent = found.is_bridge
      ? `${words} This is the bridge between the states: space can be stretched, not cut. Weights all but remove what lands here.`
      : words;
  }
}
