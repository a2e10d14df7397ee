// The generator in Node: the same as direct.js, with the wasm module read from the package's folder.
import { readFile } from 'node:fs/promises';
import { provideEngine } from './direct.js';
import { bestFlavour } from './engine.js';

provideEngine(async () => {
  const flavour = bestFlavour();
  const file = { relaxed: new URL('./pkg/relaxed.wasm', import.meta.url), simd: new URL('./pkg/simd.wasm', import.meta.url) }[flavour];
  return { flavour, module: await WebAssembly.compile(await readFile(file)) };
});

export * from './direct.js';
