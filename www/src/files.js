// What reads and writes models as files, in a wasm module of its own, fetched when it is first needed.
/** @import { Files } from './types.d.ts' */

/** @type {() => any} */
let source = () => new URL('../pkg/files.wasm', import.meta.url);
/**
 * Says how the wasm module comes where `fetch` cannot get it.
 * @param {() => any} load returns its bytes, or a promise of them
 */
export function provideFiles(load) {
  source = load;
}

/** @type {Files | undefined} */
let files;
/**
 * The module. A failed download is told, and a new call tries again.
 * @returns {Promise<Files>}
 */
export async function loadFiles() {
  if (files) return files;
  /** @type {any} */
  // @ts-ignore: what is built is not there before the first build; its types are in engine-files.d.ts.
  const module = await import('../pkg/files.js');
  await module.default({ module_or_path: await source() });
  return (files = /** @type {Files} */ (module));
}
