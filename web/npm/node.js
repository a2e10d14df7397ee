// The generator in Node: the same as direct.js, with the wasm module read from the package's folder.
import { readFile } from 'node:fs/promises';
import { provideEngine } from './direct.js';
import { bestFlavour } from './engine.js';
import { provideFiles } from './src/files.js';

provideEngine(async () => {
  const flavour = bestFlavour();
  const file = { relaxed: new URL('./pkg/relaxed.wasm', import.meta.url), simd: new URL('./pkg/simd.wasm', import.meta.url) }[flavour];
  return { flavour, module: await WebAssembly.compile(await readFile(file)) };
});

provideFiles(() => readFile(new URL('./pkg/files.wasm', import.meta.url)));

export * from './direct.js';
