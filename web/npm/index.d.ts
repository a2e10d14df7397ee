/// <reference lib="esnext.disposable" preserve="true" />
import type { PresetName, Settings } from './settings.js';

export type { Settings, PresetName } from './settings.js';

/** What went wrong, as a word that does not change between versions. */
export type ErrorCode =
  | 'aborted' | 'bad-option' | 'busy' | 'checkpoint' | 'custom-energy' | 'dimension-mismatch' | 'disposed' | 'engine-load'
  | 'invalid-data' | 'not-finite' | 'panic' | 'unknown-system' | 'unsupported' | 'worker';

/** The one kind of error that this package throws. */
export class BoltzmannError extends Error {
  readonly name: 'BoltzmannError';
  readonly code: ErrorCode | (string & {});
  /** What to do about it, in a sentence. */
  readonly hint: string;
}

/** Points, one after the other: n × dim numbers. */
export type Points = Float64Array | Float32Array | readonly number[] | readonly (readonly number[])[];

/** Where the wasm module comes from, if not from beside this package: an address, an answer, bytes or a module. */
export type EngineSource = URL | string | Response | BufferSource | WebAssembly.Module;

export interface EngineOptions {
  wasm?: EngineSource;
}

export interface CreateOptions extends Settings, EngineOptions {
  /** What is learnt: a system with a network and a plan; `double-well` unless given. */
  preset?: PresetName;
  /** The name that `preset` had before. */
  system?: PresetName;
  /** Configurations to learn from (n × dim numbers), in place of those that short chains make. */
  examples?: Points;
  /** Workers that share each step, in a browser. They pay for networks with more than about 10⁵ parameters. 1 unless given. */
  workers?: number;
}

/**
 * U and ∂U/∂x of n configurations: `x` holds n × dim numbers, one configuration after the other. Fills `energy` (n) and `gradient` (n × dim),
 * in units of your choice; `temperature` is kT in the same units.
 */
export type EnergyAndGradient = (x: Float64Array, energy: Float64Array, gradient: Float64Array) => void;

export interface CustomFunction extends Settings, EngineOptions {
  energyAndGradient: EnergyAndGradient;
  /** For each coordinate the interval in which samples are expected. */
  range: readonly (readonly [number, number])[];
  examples?: Points;
  formula?: undefined;
}

export interface CustomFormula extends Settings, EngineOptions {
  /** U(x, y), such as `"(x^2 - 1)^2 + y^2"`; it is differentiated symbolically. */
  formula: string;
  examples?: Points;
  workers?: number;
  energyAndGradient?: undefined;
  range?: undefined;
}

/** A reaction coordinate: one number that tells two states apart. */
export interface Coordinate {
  name: string;
  /** Where its values usually lie. */
  range: [number, number];
  /** What divides the two states. */
  boundary: number;
  /** Names of the state below the boundary and of that above it. */
  states: [string, string];
}

export interface GeneratorInfo {
  /** Number of coordinates of a configuration. */
  dim: number;
  /** Trained numbers. */
  parameters: number;
  /** Known reaction coordinates, the default first. */
  coordinates: Coordinate[];
}

export interface TrainOptions {
  /** Steps to make; to the end of the system's plan unless given. Beyond that end steps are made at a fifth of the rate. */
  steps?: number;
  /** Weights of what is learnt from, from now on. */
  learnFrom?: { energy?: number; examples?: number };
  /** Stops training after the step under way; the promise is rejected with code `aborted`, and the generator stays usable. */
  signal?: AbortSignal;
  /** Steps between two calls of `onProgress`; some eighty calls a second unless it is given. */
  every?: number;
  /** Told how far training is, and once at its end. */
  onProgress?: (progress: Progress) => void;
}

export interface Progress {
  /** Steps made since the generator was created. */
  step: number;
  /** The step at which this call ends. */
  total: number;
  /**
   * In nats: `kl` the divergence KL(flow ‖ Boltzmann) where log Z is known, else up to a constant, `nll` the negative log-likelihood of examples.
   * `rewoundTo` is the step that training went back to after it blew up.
   */
  loss: { kl?: number; nll?: number; rewoundTo?: number };
  /** Energies computed so far, those of examples included. */
  evaluations: number;
  /** A digest of the parameters: equal wherever the same was computed. */
  digest: string;
}

export interface Samples {
  dim: number;
  /** n × dim. */
  x: Float64Array;
  /** Reduced energies U/kT. */
  energy: Float64Array;
  /** log w = −U/kT − log p(x). An average over equilibrium is Σ w O(x) / Σ w. */
  logWeight: Float64Array;
}

export interface FreeEnergyOptions {
  /** The coordinate: its name, its place in `info.coordinates`, or a function of a configuration. */
  along?: number | string | ((x: Float64Array) => number);
  /** 50 unless given. */
  bins?: number;
  /** 20,000 unless given. */
  samples?: number;
  seed?: number;
  range?: readonly [number, number];
  boundary?: number;
}

export interface FreeEnergy {
  /** Middles of the bins. */
  center: Float64Array;
  /** F in kT above its minimum; infinite where no sample lies. */
  value: Float64Array;
  /** Standard errors in kT. */
  error: Float64Array;
  /** The 95 % band, by bootstrap. */
  lower: Float64Array;
  upper: Float64Array;
  /** 1 where the band can be believed: at least 10 samples, and one in 2000, lie in the bin. 0 elsewhere: no resampling shows what hardly any sample does. */
  sampled: Uint8Array;
  /** F of the state above the boundary less that of the state below it, in kT. */
  deltaF: number;
  deltaFError: number;
}

export interface EffectiveSampleSize {
  /** Kish's effective sample size as a fraction of the samples. Alone it says nothing: a flow that misses a state completely has a high one. */
  fraction: number;
  /** The same as a number of samples. */
  effective: number;
  /** Shape of the tail of the weights; above 0.7 averages are not dependable. NaN where there is no tail. */
  paretoK: number;
  /** The share of the largest weight. */
  maxWeight: number;
  /** Samples whose energy was not finite. */
  dropped: number;
  /** Whether all known states are covered, in the right proportion, and the weights even. */
  trusted: boolean;
  verdict: 'good' | 'missed-state' | 'missed-target' | 'wrong-share' | 'few-effective-samples' | 'heavy-tail' | 'unknown';
  /** The verdict in words. */
  words: string;
  /** The states that samples must cover; `reference` is their exact share, NaN where it is unknown. */
  states: { name: string; share: number; reference: number; missed: boolean }[];
}

/** An option of a system. */
export interface OptionInfo {
  key: string;
  kind: 'number' | 'positive' | 'integer' | 'integers' | 'numbers' | 'number or numbers' | 'points' | 'choice' | 'boolean' | 'text';
  min?: number;
  max?: number;
  choices: string[];
  unit: string;
  help: string;
  default: number | string | undefined;
}

export interface PresetInfo {
  name: PresetName;
  /** The system that it is for. */
  system: string;
  summary: string;
  dim: number;
  options: OptionInfo[];
}

/** The presets, each a system with a network and a plan, with what may be set. */
export function presets(options?: EngineOptions): Promise<PresetInfo[]>;

/** The name that `presets` had before. */
export const systems: typeof presets;
export type SystemInfo = PresetInfo;
export type SystemName = PresetName;

/**
 * An invertible network between a Gaussian and the equilibrium of a system. In a browser it lives in a worker of its own, so that the page stays
 * quick; in Node, and with an energy that is a function, in this thread. Every array that it returns belongs to the caller.
 */
export class BoltzmannGenerator {
  private constructor();

  /**
   * A generator of a system, untrained. Makes the examples that it learns from.
   * @throws {BoltzmannError} `unknown-system`, `bad-option`, `engine-load`, `unsupported`
   */
  static create(options?: CreateOptions): Promise<BoltzmannGenerator>;

  /**
   * A generator of your own energy. With one or two coordinates the energy is also integrated on a grid, for exact answers to compare with.
   * @throws {BoltzmannError} `bad-option`; `custom-energy` with the cause if the function throws
   */
  static custom(options: CustomFunction | CustomFormula): Promise<BoltzmannGenerator>;

  /**
   * A generator from the bytes of a file of `save`, of `boltzflow export` or of the demo page.
   * @throws {BoltzmannError} `checkpoint` for a file that is damaged or something else
   */
  static load(bytes: ArrayBuffer | Uint8Array, options?: EngineOptions): Promise<BoltzmannGenerator>;

  readonly dim: number;
  readonly info: GeneratorInfo;

  /**
   * Trains; a second call goes on. Other calls are refused meanwhile.
   * @throws {BoltzmannError} `aborted`, `busy`, `not-finite` after too many attempts to go on, `custom-energy`
   */
  train(options?: TrainOptions): Promise<Progress>;

  /** `n` independent samples: the same for the same seed, here and in `boltzflow sample --seed`. */
  sample(n: number, options?: { seed?: number }): Promise<Samples>;

  /** Configurations of latent points, and log|det ∂x/∂z|. */
  map(z: Points): Promise<{ x: Float64Array; logDet: Float64Array }>;

  /** Latent points of configurations, and log|det ∂z/∂x|. */
  inverse(x: Points): Promise<{ z: Float64Array; logDet: Float64Array }>;

  /** log p(x) of the flow for each configuration. */
  logProb(x: Points): Promise<Float64Array>;

  /** Reduced energies U/kT of the system and their gradients (n × dim). */
  energyAndGradient(x: Points): Promise<{ energy: Float64Array; gradient: Float64Array }>;

  /** Free energies along a coordinate from reweighted samples, and the difference of its two states. */
  freeEnergy(options?: FreeEnergyOptions): Promise<FreeEnergy>;

  /** How far averages over the samples can be trusted. */
  effectiveSampleSize(options?: { samples?: number; seed?: number }): Promise<EffectiveSampleSize>;

  /** The model as the bytes of a safetensors file, which `load`, the native program and the demo page open. */
  save(): Promise<Uint8Array>;

  /** Frees its memory, and its worker. It is not to be used any more. */
  dispose(): void;
  [Symbol.dispose](): void;
}
