// The answer with its error bar, and how far it can be trusted: never a sample size without coverage and verdict.
import { isDoubtful } from '../explain.js';
import { count, number, percent, subtrahend, withError } from '../words.js';

/** What stands where there is no estimate. */
const NOTHING = { 'delta-f': '–', 'delta-f-exact': '', agreement: 'learning', 'verdict-chip': 'no samples yet', 'verdict-words': '', ess: '–', coverage: '–', 'free-energy': '–', kl: '–', evaluations: '–' };

let parts;
let root;

export function mount(element) {
  root = element;
  element.insertAdjacentHTML('beforeend', `
    <div class="answer"><span id="delta-f-name">ΔF</span> <span class="value" id="delta-f"></span> <span class="exact" id="delta-f-exact"></span> <span class="chip" id="agreement"></span></div>
    <p id="verdict"><span class="chip" id="verdict-chip"></span> <span class="caption" id="verdict-words"></span></p>
    <dl class="facts">
      <dt>Effective size</dt><dd id="ess"></dd>
      <dt>Weight (exact)</dt><dd id="coverage"></dd>
      <dt>F = U − TS</dt><dd id="free-energy"></dd>
      <dt>F + log Z</dt><dd id="kl"></dd>
      <dt>Energies</dt><dd id="evaluations"></dd>
    </dl>`);
  const names = ['delta-f-name', 'delta-f', 'delta-f-exact', 'agreement', 'verdict-chip', 'verdict-words', 'ess', 'coverage', 'free-energy', 'kl', 'evaluations'];
  parts = Object.fromEntries(names.map((name) => [name, element.querySelector(`#${name}`)]));
  clear();
}

/** Nothing is known of this run yet: numbers of the one before are not its own. */
function clear() {
  root.classList.remove('doubtful');
  for (const [name, words] of Object.entries(NOTHING)) parts[name].textContent = words;
  for (const name of ['agreement', 'verdict-chip']) parts[name].dataset.level = 'none';
}

/** Whether a value with its error agrees with the exact one: `{ level, words }`. */
export function agreement({ delta_f: value, delta_f_error: error, delta_f_exact: exact, trusted }) {
  if (!Number.isFinite(value)) return { level: 'bad', words: 'one state is missing' };
  if (!Number.isFinite(exact)) return { level: 'none', words: 'no exact value' };
  const sigma = Math.abs(value - exact) / error;
  if (sigma > 3) return { level: 'bad', words: `differs by ${number(sigma, 1)} σ` };
  const words = `agrees: ${number(sigma, 1)} σ`;
  return trusted ? { level: 'good', words } : { level: 'caution', words: `${words}, weights not yet trusted` };
}

export function update(state, changed) {
  if (changed.has('system') && !state.estimate) clear();
  if (!changed.has('estimate') || !state.estimate || !state.system) return;
  const e = state.estimate;
  const [a, b] = state.system.states;
  root.classList.toggle('doubtful', isDoubtful(e));
  const text = (name, words) => { parts[name].textContent = words; };
  text('delta-f-name', `ΔF (${b} − ${a})`);
  text('delta-f', `${withError(e.delta_f, e.delta_f_error)} kT`);
  text('delta-f-exact', Number.isFinite(e.delta_f_exact) ? `exact ${number(e.delta_f_exact)}` : '');
  const { level, words } = agreement(e);
  text('agreement', words);
  parts.agreement.dataset.level = level;
  // “good: all known states …” → chip and sentence
  const [chip, ...rest] = e.verdict.split(': ');
  text('verdict-chip', chip);
  parts['verdict-chip'].dataset.level = LEVEL_OF[e.verdict_code] ?? 'caution';
  text('verdict-words', rest.join(': '));
  text('ess', `${percent(e.ess)} of ${count(e.n)}, ${e.covered} of ${e.states.length} states covered`);
  text('coverage', shares(e));
  text('free-energy', `${number(e.f)} = ${number(e.u)} − ${subtrahend(e.s)} kT`);
  text('kl', `${withError(e.kl, e.kl_error)} = KL: what is left to learn`);
  text('evaluations', `${count(e.energy_evaluations)} computed, all counted`);
}

/** Every state with its share; of many states only how many there are. */
function shares({ states, missed }) {
  const one = ({ name, share, reference }) => `${name} ${percent(share, 1)}${Number.isFinite(reference) ? ` (${number(100 * reference, 1)})` : ''}`;
  if (states.length <= 4) return states.map(one).join(' · ');
  return missed ? `of ${states.length} wells, the gravest gap is ${one(missed)}` : `in all ${states.length} wells`;
}

const LEVEL_OF = { good: 'good', 'missed-state': 'bad', 'missed-target': 'bad', 'wrong-share': 'bad' };

export function describe(state) {
  const e = state.estimate;
  if (!e) return 'No estimate yet.';
  const [a, b] = state.system.states;
  return `Free-energy difference ${b} minus ${a}: ${withError(e.delta_f, e.delta_f_error)} kT, exact ${number(e.delta_f_exact)}: ${agreement(e).words}. Effective samples ${percent(e.ess)}, ${e.covered} of ${e.states.length} states covered. Verdict: ${e.verdict}`;
}
