// The messages between the page and the worker that trains; what each does is told in worker.js. Both ends take their types from here.
import type { Compiled, Drawn, Estimate, Failure, FoundPoint, Keyframe, Lists, MapView, Model, ModelNumbers, NextStep, Overlays, Plane, Report, Reweighting, Samples, System, Walked } from './types.d.ts';

/** From the page to the worker. Every message but `load` carries the number of the start that it belongs to. */
type In =
  | { type: 'load'; compiled: Compiled }
  | { type: 'start'; settings: Lists; samples?: Float64Array }
  | { type: 'run'; running: boolean; stepsPerSecond: number }
  | { type: 'step'; count: number }
  | { type: 'extend' }
  | { type: 'adjust'; key: string; value: string; before: any }
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
  | { type: 'probe'; plane: Plane; point: number[]; layer: number }
  | { type: 'replay'; step: number; direction: number }
  | { type: 'resume' }
  | { type: 'nextStep'; energy: boolean; count: number }
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
  | { type: 'ready'; system: System; total: number; layers: number; parameters: number }
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
  | ({ type: 'paused'; reason: 'asked' | 'stepped' | 'done' | 'opened' } & Keyframe)
  | { type: 'adjusted'; step: number; key: string; value: string; before: any }
  | { type: 'probe'; found: FoundPoint }
  | { type: 'replayed'; shown?: Keyframe; present: Keyframe }
  | { type: 'resumed'; step: number; total: number; digest: string }
  | { type: 'nextStep'; energy: boolean; step: NextStep }
  | { type: 'answer'; id: number; content?: any; error?: Failure }
  | ({ type: 'failed' } & Failure);

/** All messages, or those of one type. */
export type FromWorker<T extends Out['type'] = Out['type']> = Extract<Out, { type: T }>;
/** What a message of one type holds beside it. */
export type Body<M extends { type: string }, T extends M['type']> = Omit<Extract<M, { type: T }>, 'type' | 'run'>;
/** Who takes the worker's messages. */
export type Handlers = { [T in Exclude<Out['type'], 'answer' | 'failed'>]: (message: FromWorker<T>) => void } & { failed(error: Failure): void };
