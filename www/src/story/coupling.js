// One point through the whole flow and back: the error of the round trip is that of the arithmetic.
import { number } from '../words.js';

const START = [0.8, -0.6];
const DIGITS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

export function mount(element, page) {
  element.innerHTML = `
    <p class="equation">x₁ stays,&ensp; x₂ ← x₂·e<sup>s(x₁)</sup> + t(x₁)</p>
    <dl class="facts" id="trip"></dl>
    <p class="row"><button type="button" id="reverse">⇄ Run it backwards</button></p>`;
  const list = element.querySelector('#trip');
  const pair = (v) => `(${number(v[0], 4)}, ${number(v[1], 4)})`;
  let asked = false;
  const draw = (trip, isBack) => {
    const rows = [['z', pair(START)]];
    if (trip) rows.push(['x = F(z)', pair(trip.x)], ['log|det J|', number(trip.log_det, 4)]);
    if (isBack) rows.push(['F⁻¹(x)', pair(trip.back)], ['error', power(Math.hypot(trip.back[0] - START[0], trip.back[1] - START[1]))]);
    list.innerHTML = rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('');
  };
  /** There, and back if that is wanted, through the flow as it is at one moment. */
  const go = async (isBack) => {
    asked = true;
    page.probe('z', START);
    const trip = await page.session.ask('roundTrip', { point: START });
    // A newer run has begun: its point is asked for when it is there.
    asked = Boolean(trip);
    if (!trip) return;
    draw(trip, isBack);
    if (isBack) page.views.story.note('reversed');
  };
  element.querySelector('#reverse').addEventListener('click', () => go(true));
  draw();
  return {
    update({ system }) {
      if (system && !asked) go(false);
    },
  };
}

/** “7 × 10⁻⁸”. */
const power = (value) => value.toExponential(0).replace(/e([+-])(\d+)$/, (_, sign, digits) => ` × 10${sign === '-' ? '⁻' : ''}${[...digits].map((d) => DIGITS[d]).join('')}`);
