// What reads and writes models as files, in a wasm module of its own, fetched when it is first needed.

let source = () => new URL('../pkg/files.wasm', import.meta.url);
/** Says how the wasm module comes where `fetch` cannot get it: a function that returns its bytes, or a promise of them. */
export function provideFiles(load) {
  source = load;
}

let files;
/** The module. A failed download is told, and a new call tries again. */
export async function loadFiles() {
  if (files) return files;
  const module = await import('../pkg/files.js');
  await module.default({ module_or_path: await source() });
  files = module;
  return files;
}
