// What independent runs of annealing are on this page, and how they are put together.

/** Independent runs that are begun together, and particles of each. */
export const RUNS = 8;
export const PARTICLES = 128;
/** Fewer runs say nothing of their spread: as in the program there is no error bar. */
export const LEAST_RUNS = 4;
/** Few particles and many moves after the last level, which need no flow: with fewer of them the bands were too narrow, since all runs
    were off in the same direction. */
export const ANNEALING = { smc_moves: 1, smc_relaxation: 250, smc_keep: 25 };

/** The source of a flow (see flow.js) whose runs are as said here. */
export function annealedSource(source) {
  const [keys, values] = [Object.keys(ANNEALING), Object.values(ANNEALING).map(String)];
  return { ...source, keys: [...source.keys, ...keys], values: [...source.values, ...values] };
}

/** The arrays of all runs one after the other, as the engine pools them. */
export function pooled(runs) {
  const joined = (name) => {
    const all = new Float64Array(runs.reduce((sum, run) => sum + run[name].length, 0));
    let at = 0;
    for (const run of runs) {
      all.set(run[name], at);
      at += run[name].length;
    }
    return all;
  };
  return { d: joined('d'), force: joined('force'), log_weight: joined('log_weight'), log_z: Float64Array.from(runs, (run) => run.log_z) };
}
