// Loads the engine: picks the fastest wasm module that this browser (or Node) accepts, and says plainly why when none can run.
// Works on the page and in a worker. A page with several workers compiles once and sends the result to each:
//   const compiled = await compileEngine();          // { flavour, module }: can be posted to a worker
//   const { engine } = await loadEngine(compiled);   // in the worker; without an argument it compiles itself
/** @import { Compiled, Engine } from './src/types.d.ts' */

/** A reason why the engine cannot run, with a stable `code` and a `hint` at what to do. */
export class EngineError extends Error {
  constructor(code, message, hint, cause) {
    super(message, { cause });
    this.name = 'EngineError';
    this.code = code;
    this.hint = hint;
  }
}

const MODULES = {
  relaxed: new URL('./pkg/relaxed.wasm', import.meta.url),
  simd: new URL('./pkg/simd.wasm', import.meta.url),
};

// A wasm module of one function without parameters that returns a v128: its bytes up to the function's code.
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10];
const PROBES = {
  // i32.const 0, i8x16.splat, i32.const 0, i8x16.splat, i8x16.relaxed_swizzle
  relaxed: [15, 1, 13, 0, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x80, 2, 11],
  // i32.const 0, i8x16.splat, i8x16.popcnt
  simd: [10, 1, 8, 0, 0x41, 0, 0xfd, 15, 0xfd, 0x62, 11],
};

/** Whether this browser accepts the instructions of a flavour, 'relaxed' or 'simd'. */
export function isSupported(flavour) {
  return typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from([...HEAD, ...PROBES[flavour]]));
}

/** The fastest flavour that this browser accepts; throws an EngineError when there is none. */
export function bestFlavour() {
  const flavour = Object.keys(PROBES).find(isSupported);
  if (!flavour) {
    throw new EngineError(
      'unsupported',
      'This browser cannot run the engine: it lacks WebAssembly with 128-bit SIMD.',
      'Use Chrome or Edge 91, Firefox 89, Safari 16.4, or a newer one.',
    );
  }
  return flavour;
}

/** Fetches and compiles the module of a flavour; `{ flavour, module }` can be posted to workers. */
export async function compileEngine(flavour = bestFlavour()) {
  return { flavour, module: await compileModule(MODULES[flavour]) };
}

/** Fetches and compiles one wasm module. */
export async function compileModule(url) {
  const response = await fetchModule(url);
  try {
    if (response.headers.get('Content-Type') === 'application/wasm') {
      return await WebAssembly.compileStreaming(response);
    }
    // Some static hosts send another type, which the streaming compiler refuses although the bytes are right.
    const bytes = await response.arrayBuffer();
    if (!isWasm(bytes)) throw notAModule(response);
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'compile',
      `The browser refused the engine's ${/([^/]*)\.wasm$/.exec(url.pathname)?.[1]} module: ${/** @type {Error} */ (cause).message}.`,
      'Reload the page; if it happens again the file on the server is damaged or incomplete.',
      cause,
    );
  }
}

/** @type {Promise<{ flavour: string, engine: Engine, memory: WebAssembly.Memory }> | undefined} */
let started;

/**
 * Starts the engine in this page or worker: `{ flavour, engine, memory }` with the engine's functions and classes.
 * There is one engine in each; a second call returns it, and after a failed download a new call tries again.
 * @param {Compiled} [compiled]
 */
export function loadEngine(compiled) {
  // @ts-ignore: what is built is not there before the first build; its types are in src/engine.d.ts.
  started ??= start('pkg/glue.js', () => import('./pkg/glue.js'), compiled ?? compileEngine()).catch((error) => {
    // The glue keeps a module that it could not start, and would report success the next time.
    if (error.code !== 'mismatch') started = undefined;
    throw error;
  });
  return started;
}

/**
 * Starts a compiled module with the glue that belongs to it.
 * @template E what the glue gives
 * @param {string} name of the file of the glue
 * @param {() => Promise<any>} importGlue
 * @param {Compiled | Promise<Compiled>} compiling
 * @returns {Promise<{ flavour: string, engine: E, memory: WebAssembly.Memory }>}
 */
export async function start(name, importGlue, compiling) {
  const { flavour, module } = await compiling;
  const engine = await importGlue().catch((cause) => {
    throw new EngineError('missing', `The file ${name} could not be loaded.`, BUILD_HINT, cause);
  });
  const { memory } = await engine.default({ module_or_path: module }).catch((cause) => {
    throw new EngineError(
      'mismatch',
      `The engine's files do not belong together: ${cause.message}.`,
      'Reload the page without its cache (Ctrl+Shift+R, on a Mac Cmd+Shift+R).',
      cause,
    );
  });
  return { flavour, engine, memory };
}

const BUILD_HINT = 'Run `cargo demo`, which builds the engine and serves the page, or publish the whole folder with pkg.';

async function fetchModule(url) {
  const response = await fetch(url).catch((cause) => {
    throw new EngineError(
      'network',
      `The engine could not be fetched from ${url.href}.`,
      'Check the connection; a page opened as a file needs a server such as `cargo demo`.',
      cause,
    );
  });
  if (!response.ok) {
    throw new EngineError('missing', `The server answered ${response.status} for ${url.href}.`, BUILD_HINT);
  }
  return response;
}

function isWasm(bytes) {
  const magic = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength));
  return magic.length === 4 && HEAD.slice(0, 4).every((byte, i) => byte === magic[i]);
}

function notAModule(response) {
  const type = response.headers.get('Content-Type') ?? 'no type';
  return new EngineError('missing', `The server sent ${type} instead of a wasm module for ${response.url}.`, BUILD_HINT);
}
