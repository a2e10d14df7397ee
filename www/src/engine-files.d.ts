// What the scripts use of the module that reads and writes models as files, as engine.d.ts says it of the engine.
import type { Held, ModelNumbers, Numbers } from './engine.d.ts';

export class ModelFile implements Held {
  constructor(bytes: Uint8Array | number[]);
  free(): void;
  /** What the file tells of itself. */
  about(): Record<string, string>;
  /** `bias`: the bias that it was trained with, empty if there was none. */
  model(): ModelNumbers & { bias: Float64Array };
  settings(presets?: string[] | null): Record<string, string> | undefined;
  system(): string;
}

export function model_file(keys: string[], values: string[], bias: Numbers, theta: Float32Array | number[], step: number, training_evaluations: number, data_evaluations: number): Uint8Array<ArrayBuffer>;
