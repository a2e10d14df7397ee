// Where the trained flow comes from, and what is approximate.
import { count, number } from '../words.js';

export const id = 'dimer-provenance';
export const title = 'Where this flow comes from';
export const column = 'answers';

let facts;

export function mount(element) {
  element.insertAdjacentHTML('beforeend', `
    <dl class="facts"></dl>
    <details><summary>Notes on approximations</summary>
      <ul class="notes">
        <li>Lengths are in the model’s own unit, energies in kT. The parameters of the network are smaller than the library’s preset, and rounded to 16 bits.</li>
        <li>The flow learnt a target that is flat along d, without the dimer’s own energy. Weights put it back exactly.</li>
        <li>Identical particles have labels that suit a lattice best; draws with other labels have weight zero.</li>
        <li>Training caps the energies of overlapping particles. Weights never see a cap.</li>
        <li>The levels of annealing are chosen on the way, and a run has few draws: that leaves a bias of 0.1 to 0.2 kT, which the spread of the runs, and so the band, does not show.</li>
      </ul>
    </details>`);
  facts = element.querySelector('dl');
}

export function update({ about, system }, changed) {
  if (!about || !changed.has('about')) return;
  const cost = about.nll && about.nll_in_single_precision ? Number(about.nll) - Number(about.nll_in_single_precision) : NaN;
  const rows = [
    ['Network', `${count(system.parameters)} parameters, ${number(about.bytes / 1e6)} MB`],
    ['Trained', `${count(Number(about.step))} steps, seed ${about.seed}, version ${about.version}`],
    ['Energies', `${count(Number(about.data_evaluations))} for examples, ${count(Number(about.training_evaluations))} for training`],
    ['Rounding', rounding(cost)],
    ['Reference', about.reference ? `umbrella sampling, ${about.reference.source.split('/').at(-1)}` : 'none'],
    ['Digest', about.digest],
    ['Made by', 'cargo xtask checkpoint'],
  ];
  // As text: what a file says of itself is not markup.
  facts.replaceChildren(...rows.flatMap(([name, words]) => [['dt', name], ['dd', words]]).map(([tag, textContent]) => Object.assign(document.createElement(tag), { textContent })));
}

/** What half precision costs, in nats for each held-out configuration. */
function rounding(cost) {
  if (!Number.isFinite(cost)) return 'unknown';
  return Math.abs(cost) < 0.001 ? 'costs less than 0.001 nats a configuration' : `costs ${number(cost, 3)} nats a configuration`;
}
