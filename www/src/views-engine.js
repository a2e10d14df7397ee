// The engine's second module, fetched when it is first needed: what the views Compare and Dimer draw with.
import { bestFlavour, compileModule, start } from '../engine.js';

const MODULES = {
  relaxed: new URL('../pkg/views-relaxed.wasm', import.meta.url),
  simd: new URL('../pkg/views-simd.wasm', import.meta.url),
};

/** Fetches and compiles it; `{ flavour, module }` can be posted to workers. */
export async function compileViews(flavour = bestFlavour()) {
  return { flavour, module: await compileModule(MODULES[flavour]) };
}

let started;

/** Starts it in this page or worker, once: `{ flavour, engine, memory }`. `given`: as `compileViews` gives it, or the flavour to compile. */
export function loadViews(given) {
  started ??= start('pkg/views.js', () => import('../pkg/views.js'), given?.module ? given : compileViews(given)).catch((error) => {
    if (error.code !== 'mismatch') started = undefined;
    throw error;
  });
  return started;
}
