// When the steps of a run are worth sharing with helping workers; pool.js shares them.

/** Below this a step is too short to be worth its messages. */
const STEP_FLOP = 5e8;
const MOST_PLACES = 8;

/** How many helpers make a run's steps faster; none for small networks. */
export function helpersFor(training) {
  if (training.step_flop < STEP_FLOP) return 0;
  return Math.min(navigator.hardwareConcurrency ?? 1, training.begin(), MOST_PLACES) - 1;
}
