// One sentence on what is happening now, chosen from the state; and the warnings that a good-looking number needs.
import { percent } from './words.js';
/** @import { Estimate, Page, State } from './types.d.ts' */

/** The share of effective samples below which no number is trusted. */
const LEAST_ESS = 0.05;
/** Before so many steps every flow is bad: that is no news, unless training stands there. */
const EARLY = 100;
export const isDoubtful = (/** @type {Estimate} */ { ess }) => ess < LEAST_ESS;

/**
 * Sets the notices `state`, `collapse` and `few`.
 * @param {Page} page
 */
export function explain({ controls, notices, state }) {
  const { estimate: e, settings, running } = state;
  notices.set('state', 'info', sentence(state));
  if (e?.missed && e.step >= EARLY) {
    const onlyEnergy = settings.w_ml === 0;
    const { name, share, reference } = e.missed;
    const instead = Number.isFinite(reference) ? ` instead of ${percent(reference, 1)}` : '';
    const why = onlyEnergy
      ? 'Learning from energy alone falls into the deepest valley and praises itself for it. Add examples.'
      : 'Train on, or give the examples more weight.';
    const words = `The effective sample size is ${percent(e.ess)}, but the flow misses the state “${name}”: it holds ${percent(share, 2)} of the weight${instead}. ${why}`;
    notices.set('collapse', 'caution', words, onlyEnergy ? [['Add examples', () => controls.addExamples()]] : []);
  } else {
    notices.clear('collapse');
  }
  // Training that blew up says more, and is the reason.
  if (e && e.step > 0 && (e.step >= EARLY || !running) && isDoubtful(e) && !notices.shown.has('rewound')) notices.set('few', 'caution', 'Few samples carry all the weight: the numbers right are not yet trustworthy.');
  else notices.clear('few');
}

/** @param {State} state */
function sentence({ step, running, total, estimate: e, settings, replay }) {
  if (replay) return `Looking back: the map and every number are those of step ${replay.step}. The last step is ${step}.`;
  if (!step) return 'Blue: draws of a Gaussian, through a network that knows nothing yet. Orange: examples. Contours: the energy.';
  const learn = [settings.w_kl > 0 && 'energy', settings.w_ml > 0 && 'examples'].filter(Boolean).join(' and ');
  if (running && step < 0.2 * total) return `Learning from ${learn}: the grid bends so that the Gaussian lands in the valleys.`;
  if (running) return `Learning from ${learn}: every blue point is an independent draw; the weights correct what the map gets wrong.`;
  if (step >= total && e) {
    return `Training is done and has paused itself. Every blue point was made in one shot. Move over the Gaussian to see where it lands.`;
  }
  return `Paused at step ${step}. Move over either plane to see one point and its partner.`;
}
