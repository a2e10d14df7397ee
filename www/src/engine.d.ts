// What the scripts use of the engine, with what its objects hold: the glue that is generated says `object` there. Names and arguments are those
// of the generated typings, which tests/page/types.test.mjs and tests/package/types.test.mjs compare. Its other modules are in engine-views.d.ts
// and engine-files.d.ts.

export type Numbers = Float64Array | number[];
/** What a step reports: values of objectives by their names (`nll`, `kl`, …) among others. A number that is absent is NaN. */
export interface Report extends Record<string, number> {
  step: number;
  learning_rate: number;
  /** The step that training went back to. */
  rewound: number;
}
/** Settings as texts: their keys and their values. */
export type Lists = [string[], string[]];

/** What differs between kinds of settings is in settings.js. */
export interface Spec {
  key: string;
  kind: string;
  min?: number;
  max?: number;
  choices?: string[];
  unit?: string;
  help: string;
  /** Settings that fall back to `none` when this one changes. */
  resets?: string[];
  /** `run`, `objective` for the weight of an objective, or `system` for a parameter of the energy; the page's own settings have none. */
  group?: string;
  /** Texts of older addresses, and what they stand for now. */
  old?: Record<string, string>;
  default?: any;
}

export interface System {
  range: Float64Array;
  coordinate: string;
  states: [string, string];
  has_examples: boolean;
}

export interface MapView {
  z: Float32Array;
  x: Float32Array;
  /** 0 or 1, or 2 between the states. */
  state: Uint8Array;
  weight: Float32Array;
  example_z: Float32Array;
  example_x: Float32Array;
  example_state: Uint8Array;
  latent_grid: Float32Array;
  grid: Float32Array;
  grid_start: Uint32Array;
}

export interface Region {
  latent_outline: Float32Array;
  outline: Float32Array;
  count: number;
  chosen: Uint8Array;
  n: number;
  share: number;
  share_error: number;
  mass: number;
  mass_error: number;
}

export interface Pulls {
  x: Float32Array;
  push: Float32Array;
  z: Float32Array;
  pull: Float32Array;
}

export interface FoundPoint {
  z: Float64Array;
  x: Float64Array;
  place: Float64Array;
  log_det: number;
  energy: number;
  log_weight: number;
  is_bridge: boolean;
}

/** A state of the system with its share of the weight; the exact one is NaN where it is unknown. */
export interface StateShare {
  name: string;
  share: number;
  reference: number;
  missed: boolean;
}

/** A free-energy profile, in kT. */
export interface Profile {
  center: Float64Array;
  raw: Float64Array;
  value: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  exact: Float64Array;
}

/** Free energies in kT. */
export interface Estimate extends Profile {
  n: number;
  delta_f: number;
  delta_f_error: number;
  delta_f_exact: number;
  share: number;
  raw_share: number;
  /** A fraction of the samples. */
  ess: number;
  max_weight: number;
  pareto_k: number;
  states: StateShare[];
  covered: number;
  missed?: { name: string; share: number; reference: number };
  verdict_code: string;
  verdict: string;
  trusted: boolean;
  u: number;
  s: number;
  f: number;
  kl: number;
  kl_error: number;
  log_z: number;
  log_z_error: number;
  log_z_exact: number;
  u_exact: number;
  energy_evaluations: number;
  /** The step of training that it belongs to; the page adds it. */
  step: number;
}

export interface Reweighting extends Profile {
  /** The share of the weight that the smallest parts of the draws hold, in percent of them. */
  sorted: Float64Array;
  ess: number;
  max_weight: number;
}

export interface NextStep {
  step: number;
  learning_rate: number;
  gradient_norm: number;
  /** The points behind each layer. */
  way: Float32Array[];
  log_det: Float64Array;
  energy: Float64Array;
  gradient: Float32Array;
  loss: Float64Array;
  after: Float32Array;
  loss_after: Float64Array;
}

export interface ModelNumbers {
  theta: Float32Array;
  digest: string;
  step: number;
  training_evaluations: number;
  data_evaluations: number;
}

export interface Samples {
  dim: number;
  x: Float64Array;
  energy: Float64Array;
  log_weight: Float64Array;
}

export interface Keyframe {
  step: number;
  digest: string;
}

export interface Held {
  free(): void;
}

export class Engine implements Held {
  constructor(keys: string[], values: string[]);
  static from_samples(keys: string[], values: string[], samples: Numbers): Engine;
  free(): void;
  adopt(numbers: Float32Array | number[], expected: string, step: number, training_evaluations: number): void;
  density(range: Numbers, cells: number): any;
  estimate(samples: number): Estimate;
  estimate_at(samples: number, temperature: number): Estimate;
  map_view(points: number, layers: number, tolerance: number): MapView;
  model(): ModelNumbers;
  next_step(energy: boolean, count: number): NextStep;
  probe(latent: boolean, point: Numbers, layers?: number | null): FoundPoint;
  pulls(points: number): Pulls;
  region(latent: boolean, rectangle: Numbers, layers: number, points: number): Region;
  replay(step: number, direction: number): Keyframe | undefined;
  resume(): void;
  reweighting(samples: number, trust: number): Reweighting;
  samples(count: number): Samples;
  system(): System;
  readonly layers: number;
  readonly training: Training;
}

export class Training implements Held {
  free(): void;
  adjust(key: string, text: string): void;
  begin(): number;
  copy_numbers(numbers: Float32Array): void;
  digest(): string;
  extend(): void;
  finish(): void;
  map(first: number, end: number): void;
  numbers(): Float32Array;
  put_gradients(first: number, end: number, values: Numbers, gradients: Float32Array): void;
  put_sums(first: number, end: number, sums: Numbers): void;
  step(): void;
  subtrees(first: number, end: number): number;
  take_reports(): Report[];
  totals(): Float64Array;
  vjp(first: number, end: number): void;
  readonly energy_evaluations: number;
  readonly is_done: boolean;
  readonly number_count: number;
  readonly parameters: number;
  readonly skipped: number;
  readonly step_count: number;
  readonly step_flop: number;
  readonly total_steps: number;
}

export class Share implements Held {
  constructor(keys: string[], values: string[]);
  free(): void;
  adjust(key: string, text: string): void;
  begin(step: number, skipped: number, numbers: Float32Array): void;
  extend(): void;
  map(first: number, end: number): Float64Array;
  vjp(first: number, end: number, totals: Numbers, gradients: Float32Array): Float64Array;
}

export function check_settings(keys: string[], values: string[]): void;
export function defaults(preset_name: string): any;
export function landscape(keys: string[], values: string[], range: Numbers, n: number): Float32Array;
export function last_panic(): string | undefined;
export function plot_range(keys: string[], values: string[]): Float64Array;
export function presets(): { name: string; title: string; summary: string }[];
export function schema(preset_name: string): Spec[];
export function version(): string;
