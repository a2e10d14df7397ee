// The worker that owns one generator; index.js is its other end.
//
//   in   { id, method, args, hasProgress }   a method of direct.js; create, custom and load make the generator
//        { abort: id }                       stops what was asked under this number
//   out  { id, progress }                    of training
//        { id, content }, { id, error }      the answer
import { BoltzmannGenerator, presets } from './direct.js';

let generator;
const signals = new Map();

const make = {
  async create(options) {
    generator = await BoltzmannGenerator.create(options);
    return generator.info;
  },
  async custom(options) {
    generator = await BoltzmannGenerator.custom(options);
    return generator.info;
  },
  async load(bytes, options) {
    generator = await BoltzmannGenerator.load(bytes, options);
    return generator.info;
  },
  presets,
};

onmessage = async ({ data: { id, method, args, hasProgress, abort } }) => {
  if (abort !== undefined) return signals.get(abort)?.abort();
  try {
    postMessage({ id, content: await answer(id, method, args, hasProgress) });
  } catch (error) {
    const { code = 'worker', message, hint = '' } = /** @type {any} */ (error);
    postMessage({ id, error: { code, message, hint } });
  }
  return undefined;
};

async function answer(id, method, args, hasProgress) {
  if (make[method]) return make[method](...args);
  if (method !== 'train') return generator[method](...args);
  const controller = new AbortController();
  signals.set(id, controller);
  const onProgress = hasProgress ? (progress) => postMessage({ id, progress }) : undefined;
  try {
    return await generator.train({ ...args[0], signal: controller.signal, onProgress });
  } finally {
    signals.delete(id);
  }
}
