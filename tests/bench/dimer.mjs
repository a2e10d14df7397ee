// How well the bands of the page's dimer cover, over sets of independent annealing runs as the page makes them:
//   node tests/bench/dimer.mjs [sets]     about 20 s a set; needs www/pkg, which `cargo xtask wasm` builds
import { readFileSync } from 'node:fs';
import * as files from '../../www/pkg/files.js';
import * as engine from '../../www/pkg/views.js';
import { openFlow, readFlow } from '../../www/src/dimer/flow.js';
import { coverage } from '../../www/src/dimer/free-energy.js';
import { ANNEALING, PARTICLES, RUNS, annealedSource, pooled } from '../../www/src/dimer/runs.js';

engine.initSync({ module: readFileSync('www/pkg/views-simd.wasm') });
files.initSync({ module: readFileSync('www/pkg/files.wasm') });
const { source, about } = readFlow(files, readFileSync('www/assets/dimer.safetensors'));
const flow = openFlow(engine, annealedSource(source));
console.log(`${RUNS} runs of ${PARTICLES} draws`, ANNEALING);
for (let set = 0; set < Number(process.argv[2] ?? 3); set++) {
  const start = process.cpuUsage();
  const runs = Array.from({ length: RUNS }, (_, i) => flow.anneal(set * RUNS + i, PARTICLES));
  const { d, force, log_weight, log_z } = pooled(runs);
  const estimate = { ...flow.pooled(d, force, log_weight, log_z), runs: RUNS };
  const { inside, all } = coverage({ about, estimate });
  const seconds = process.cpuUsage(start).user / 1e6;
  console.log(`set ${set}: reference in the band in ${inside} of ${all} bins, ΔF ${estimate.delta_f.toFixed(2)} ± ${estimate.delta_f_error.toFixed(2)} kT, ${seconds.toFixed(0)} s of processor`);
}
