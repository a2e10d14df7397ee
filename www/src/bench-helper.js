// A worker that helps with the training of a benchmark (see helping.js). Its share: { workload: [name, byExamples] }.
import { loadViews } from './views-engine.js';
import { answer, help } from './helping.js';

answer.start = async (/** @type {any} */ { compiled, share: { workload } }) => {
  const { engine } = await loadViews(compiled);
  // What only benchmarks use is not among the typings of the page's scripts.
  help(/** @type {any} */ (engine).Share.of_workload(...workload));
};
