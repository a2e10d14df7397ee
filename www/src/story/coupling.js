// One point through the whole flow and back: the error of the round trip is that of the arithmetic.
import { number } from '../words.js';

const START = [0.8, -0.6];

export function mount(element, page) {
  element.innerHTML = `
    <p class="equation">x₁ stays,&ensp; x₂ ← x₂·e<sup>s(x₁)</sup> + t(x₁)</p>
    <dl class="facts" id="trip"></dl>
    <p class="row"><button type="button" id="reverse">⇄ Run it backwards</button></p>`;
  const list = element.querySelector('#trip');
  const button = element.querySelector('#reverse');
  const pair = (v) => `(${number(v[0], 4)}, ${number(v[1], 4)})`;
  let trip;
  let wanted = false;
  const draw = () => {
    const rows = [['z', pair(START)]];
    if (trip?.x) rows.push(['x = F(z)', pair(trip.x)], ['log|det J|', number(trip.logDet, 4)]);
    if (trip?.back) rows.push(['F⁻¹(x)', pair(trip.back)], ['error', Math.hypot(trip.back[0] - START[0], trip.back[1] - START[1]).toExponential(0).replace('e-', ' × 10⁻').replace(/⁻(\d+)$/, (_, d) => `⁻${[...d].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]).join('')}`)]);
    list.innerHTML = rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('');
  };
  // Through all layers, whatever the planes show.
  const send = (plane, point) => page.session.send('probe', { plane, point, layer: page.state.layers });
  const go = () => {
    trip = {};
    send('z', START);
  };
  /** Back again, as soon as the point has come through. */
  const reverse = () => {
    if (!wanted || !trip?.x) return;
    wanted = false;
    trip.asked = true;
    send('x', Array.from(trip.x));
  };
  button.addEventListener('click', () => {
    wanted = true;
    reverse();
  });
  draw();
  return {
    update({ probe, system }, changed) {
      if (!trip && system) go();
      if (!changed.has('probe') || !probe || !trip) return;
      if (trip.asked && probe.x[0] === trip.x[0] && probe.x[1] === trip.x[1]) {
        trip.back = probe.z;
        page.story.note('reversed');
      } else if (probe.z[0] === START[0] && probe.z[1] === START[1]) {
        trip = { x: probe.x, logDet: probe.log_det };
        reverse();
      }
      draw();
    },
  };
}
