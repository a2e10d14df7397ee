// The same classes in this thread: for Node, for workers of your own, and for pages of another origin than the package.
export * from './index.js';

/** Says how the wasm module comes where `fetch` cannot get it. */
export function provideEngine(load: () => Promise<{ flavour: string; module: WebAssembly.Module }>): void;
