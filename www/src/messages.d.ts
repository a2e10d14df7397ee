// The messages between the page and its workers: all ends take their types from here.
import type { AnnealingRun, Batch, Compiled, Drawn, Estimate, Failure, FoundPoint, Keyframe, Lists, MapView, Model, ModelNumbers, NextStep, Overlays, ParticleSystem, Path, Plane, Pooled, Report, Reweighting, Samples, ShareSource, Simulated, System, Walked } from './types.d.ts';
import type { Source } from './dimer/flow.js';

/** From the page to the worker that trains (worker.js). Every message but `load` carries the number of the start that it belongs to. */
type In =
  /** The engine, once. */
  | { type: 'load'; compiled: Compiled }
  /** A new run, which learns from these samples if there are any: answered by `ready`, or by `refused`, and then the run before can go on. */
  | { type: 'start'; settings: Lists; samples?: Float64Array }
  /** Trains, or stands; 0 steps a second is as fast as it goes. */
  | { type: 'run'; running: boolean; stepsPerSecond: number }
  /** So many steps; then it stands. */
  | { type: 'step'; count: number }
  /** More steps at a low rate, after the last one. */
  | { type: 'extend' }
  /** A setting that may change while training: answered by `adjusted` or `refused`. */
  | { type: 'adjust'; key: string; value: string; before: any }
  /** What is shown: answered by `view`. */
  | {
    type: 'view';
    map: boolean;
    estimate: boolean;
    layer: number;
    points: number;
    tolerance: number;
    region?: { plane: Plane; rectangle: number[] };
    density?: { range: number[]; cells: number };
    pulls: number;
  }
  /** A point and its partner: answered by `probe`. */
  | { type: 'probe'; plane: Plane; point: number[]; layer: number }
  /** Shows the run as it was: answered by `replayed`. */
  | { type: 'replay'; step: number; direction: number }
  /** Goes on from what is shown: answered by `resumed`. */
  | { type: 'resume' }
  /** The next step taken apart: answered by `nextStep`. */
  | { type: 'nextStep'; energy: boolean; count: number }
  /** A model to go on from: answered by `paused`. */
  | ({ type: 'adopt' } & Model);

/** Questions, which are messages with an `id`, and what is answered. */
export interface Questions {
  roundTrip: { ask: { point: number[] }; answer: FoundPoint & { back: Float64Array } };
  reweighting: { ask: { trust: number }; answer: Reweighting };
  estimateAt: { ask: { temperature: number }; answer: Estimate };
  samples: { ask: { count: number }; answer: Samples };
  model: { ask: {}; answer: ModelNumbers };
  changes: { ask: {}; answer: { step: number; type: 'adjust' | 'extend'; content?: { key: string; value: string } }[] };
  race: { ask: { kernel: string; stepSize: number; equal: string; gaussian: boolean; anew: boolean }; answer: Raced };
  trial: { ask: { kernel: string; stepSize: number; most: number; milliseconds: number }; answer: Trial };
}
/** The lanes of the race, and what training has cost. */
interface Raced {
  walk: Walked & { ms: number; time: number };
  flow: Drawn & { ms: number };
  gaussian?: Drawn & { ms: number };
  training_evaluations: number;
  trained: number;
  trainingMs: number;
}
/** What a walk with one step size was worth. */
interface Trial {
  stepSize: number;
  steps: number;
  crossings: number;
  time: number;
  ms: number;
}
export type Asked<T extends keyof Questions> = { type: T; id: number } & Questions[T]['ask'];

export type ToWorker = (In | { [T in keyof Questions]: Asked<T> }[keyof Questions]) & { run?: number };

/** From the worker to the page. Every message carries the number of the start that it belongs to. */
type Out =
  /** The run can begin. */
  | { type: 'ready'; system: System; total: number; layers: number; parameters: number }
  /** The engine does not take it; `held`: the run that is still there; `key`, `before`: those of `adjust`. */
  | ({ type: 'refused'; held?: number; key?: string; before?: any } & Failure)
  | {
    type: 'view';
    step: number;
    total: number;
    rate: number;
    reports: Report[];
    map?: MapView;
    mapCost?: number;
    overlays?: Overlays;
    estimate?: Estimate;
    estimateCost?: number;
  }
  /** It stands at a step, with the digest of that: as it was told to, after steps, at the end of the plan, or with a model. */
  | ({ type: 'paused'; reason: 'asked' | 'stepped' | 'done' | 'opened' } & Keyframe)
  | { type: 'adjusted'; step: number; key: string; value: string; before: any }
  | { type: 'probe'; found: FoundPoint }
  /** Nothing is `shown` where the present is. */
  | { type: 'replayed'; shown?: Keyframe; present: Keyframe }
  | { type: 'resumed'; step: number; total: number; digest: string }
  /** As in web/src/engine/next_step.rs. */
  | { type: 'nextStep'; energy: boolean; step: NextStep }
  /** To a question. */
  | { type: 'answer'; id: number; content?: any; error?: Failure }
  | ({ type: 'failed' } & Failure);

/** All messages, or those of one type. */
export type FromWorker<T extends Out['type'] = Out['type']> = Extract<Out, { type: T }>;
/** What a message of one type holds beside it. */
export type Body<M extends { type: string }, T extends M['type']> = Omit<Extract<M, { type: T }>, 'type' | 'run'>;
/** Who takes the worker's messages. */
export type Handlers = { [T in Exclude<Out['type'], 'answer' | 'failed'>]: (message: FromWorker<T>) => void } & { failed(error: Failure): void };

/** From the view of the dimer to a worker of its own (dimer/worker.js). */
export type ToDimer =
  /** The flow, once: from its file, or as another worker has it. */
  | { type: 'open'; flavour: string; url: string }
  | { type: 'open'; compiled: Compiled; source: Source }
  /** Draws: answered by `batch`. */
  | { type: 'batch'; count: number }
  /** A way from closed to open: answered by `path`. */
  | { type: 'path'; points: number }
  /** Moves the simulation for so long: answered by `simulated`. */
  | { type: 'simulate'; milliseconds: number }
  /** The flow of now, for the workers of an annealing: answered by `source`. */
  | { type: 'source'; token: number }
  /** Runs of annealing by their numbers: each is answered by `run`. */
  | { type: 'anneal'; runs: number[]; particles: number }
  /** What so many runs of an annealing say together: answered by `estimate`. */
  | ({ type: 'pool'; token: number; runs: number } & Pick<AnnealingRun, 'd' | 'force' | 'log_weight'> & { log_z: Float64Array })
  /** Trains, or stands: told by `trained`; after its last step a few more at a low rate. */
  | { type: 'train'; running: boolean };

/** From such a worker. */
export type FromDimer =
  | { type: 'opened'; system: ParticleSystem; about?: Record<string, any>; compiled: Compiled }
  | ({ type: 'batch'; milliseconds: number } & Batch)
  | ({ type: 'path' } & Path)
  | ({ type: 'simulated'; from: number } & Simulated)
  | { type: 'source'; token: number; source: Source }
  | ({ type: 'run'; run: number; milliseconds: number } & AnnealingRun)
  | { type: 'estimate'; token: number; runs: number; estimate: Pooled }
  /** After some steps, whenever the flow has changed, and with a digest when it stands. */
  | { type: 'trained'; running: boolean; step: number; total: number; reports: Report[]; evaluations: number; rate: number; digest?: string }
  | ({ type: 'failed' } & Failure);

/** From a worker that trains to one that helps it (helping.js). */
export type ToHelper =
  /** How its share is made: answered by `ready`. */
  | { type: 'start'; compiled: Compiled; share: ShareSource }
  /** The first pass of the groups first to end of a step: answered by `mapped`. */
  | { type: 'map'; step: number; skipped: number; theta: Float32Array; first: number; end: number }
  /** The second pass, into an array of the gradients of whole subtrees: answered by `taken`. */
  | { type: 'vjp'; totals: Float64Array; gradients: Float32Array; first: number; end: number }
  /** Changes of the run, for the share too. */
  | { type: 'adjust'; key: string; value: string }
  | { type: 'extend' };

/** From a helper; arrays that were given come back. */
export type FromHelper =
  | { type: 'ready' }
  | { type: 'mapped'; sums: Float64Array; theta: Float32Array }
  | { type: 'taken'; values: Float64Array; gradients: Float32Array }
  | { type: 'failed' };
