// The engine's second module, fetched when it is first needed: what the views Compare and Dimer draw with.
import { bestFlavour, compileModule, start } from '../engine.js';
/** @import { Compiled, Views } from './types.d.ts' */

const MODULES = {
  relaxed: new URL('../pkg/views-relaxed.wasm', import.meta.url),
  simd: new URL('../pkg/views-simd.wasm', import.meta.url),
};

/** Fetches and compiles it; `{ flavour, module }` can be posted to workers. */
export async function compileViews(flavour = bestFlavour()) {
  return { flavour, module: await compileModule(MODULES[flavour]) };
}

/** @type {Promise<{ flavour: string, engine: Views, memory: WebAssembly.Memory }> | undefined} */
let started;

/**
 * Starts it in this page or worker, once: `{ flavour, engine, memory }`.
 * @param {Compiled | string} [given] as `compileViews` gives it, or the flavour to compile
 */
export function loadViews(given) {
  // @ts-ignore: what is built is not there before the first build; its types are in engine-views.d.ts.
  started ??= start('pkg/views.js', () => import('../pkg/views.js'), typeof given === 'object' ? given : compileViews(given)).catch((error) => {
    if (error.code !== 'mismatch') started = undefined;
    throw error;
  });
  return started;
}
