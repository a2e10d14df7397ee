// What the scripts use of the engine's second module, as engine.d.ts says it of the first: Compare and Dimer draw with it.
import type { Held, Numbers, Share, Training } from './engine.d.ts';

export interface Walked {
  x: Float32Array;
  d: Float64Array;
  steps: number;
  crossings: number;
  acceptance: number;
  energy_evaluations: number;
}

export interface Drawn {
  x: Float32Array;
  state: Uint8Array;
  count: number;
  ess: number;
  share: number;
}

/** The Markov chain and the draws that a run is compared with. */
export class Race implements Held {
  constructor(keys: string[], values: string[]);
  free(): void;
  flow_shots(numbers: Float32Array | number[]): OneShot;
  gaussian_shots(): OneShot;
  walk(kernel: string, step_size: number): Walk;
}

export class OneShot implements Held {
  free(): void;
  draw(count: number, shown: number): Drawn;
}

export class Walk implements Held {
  free(): void;
  advance(steps: number, shown: number): Walked;
  readonly correlation_time: number;
}

/** Particles in a box. */
export interface ParticleSystem {
  dim: number;
  particles: number;
  diameter: number;
  range: Float64Array;
  wall: number;
  coordinate: string;
  coordinate_range: [number, number];
  boundary: number;
  states: [string, string];
  layers: number;
  parameters: number;
}

export interface Batch {
  x: Float32Array;
  d: Float64Array;
  energy: Float64Array;
  log_weight: Float64Array;
}

export interface Path {
  x: Float32Array;
  t: Float64Array;
  u: Float64Array;
  d: Float64Array;
}

export interface AnnealingRun {
  d: Float64Array;
  force: Float64Array;
  log_weight: Float64Array;
  log_z: number;
  levels: number;
  energy_evaluations: number;
  flow_evaluations: number;
}

/** Free energies of several annealing runs, in kT. */
export interface Pooled {
  center: Float64Array;
  value: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  shift: number;
  delta_f: number;
  delta_f_error: number;
  effective_runs: number;
  log_z: number;
  log_z_error: number;
}

export interface Simulated {
  x: Float32Array;
  d: Float64Array;
  steps: number;
  crossings: number;
  energy_evaluations: number;
}

export class Simulation implements Held {
  free(): void;
  advance(steps: number): Simulated;
}

export class Pretrained implements Held {
  constructor(keys: string[], values: string[], bias: Numbers, theta: Float32Array | number[]);
  free(): void;
  adopt(training: Training): void;
  anneal(run: number, particles: number): AnnealingRun;
  digest(): string;
  numbers(): Float32Array;
  path(points: number, batch: number): Path;
  pooled(d: Numbers, force: Numbers, log_weight: Numbers, log_z: Numbers): Pooled;
  sample(count: number, batch: number): Batch;
  share(): Share;
  simulation(): Simulation;
  system(): ParticleSystem;
  train(): Training;
}

export function last_panic(): string | undefined;
