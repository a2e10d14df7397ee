// Types that several scripts share. Scripts import them in comments: nothing of this file is fetched.
import type { Engine as Trainer, Lists, Pulls, Region } from './engine.d.ts';
import type { Source } from './dimer/flow.js';
import type { Page as PageClass } from './page/page.js';
import type { freshState } from './page/state.js';

export type * from './engine.d.ts';
export type * from './engine-views.d.ts';
export type { Trainer };

/** The engine as a module: its functions and classes. */
export type Engine = typeof import('./engine.d.ts');
/** Its second module, and the one that reads and writes files. */
export type Views = typeof import('./engine-views.d.ts');
export type Files = typeof import('./engine-files.d.ts');

/** A compiled module, which can be posted to workers. */
export interface Compiled {
  flavour: string;
  module: WebAssembly.Module;
}

/** Values of settings by key: numbers, or texts. */
export type Settings = Record<string, any>;

/** Why something failed, as it is posted. */
export interface Failure {
  code: string;
  message: string;
  hint: string;
}

export type Page = PageClass;
export type State = ReturnType<typeof freshState>;

/** One of the two planes: latent, and of configurations. */
export type Plane = 'z' | 'x';

/** How grave a notice is. */
export type Level = 'info' | 'caution' | 'bad';
/** The words of a button, and what it does. */
export type Action = [string, () => unknown];

/** A model that a run begins with. */
export interface Model {
  theta: Float32Array;
  digest: string;
  step: number;
  evaluations: number;
}

/** What is laid over the planes. */
export interface Overlays {
  region?: Region;
  density?: any;
  pulls?: Pulls;
}

/** Colours of style/tokens.css by name, as a canvas takes them. */
export type Colours = Record<string, string>;

/** A line of views.js. */
export interface View {
  name: string;
  label: string;
  key: string;
  /** The run goes on while it is open. */
  trains?: boolean;
  /** It shows panels: all of them, or those of these names. */
  panels?: true | string[];
  /** Single keys that do something while it is open. */
  keys?: { key: string; label?: string; words: string; act: (view: any) => void }[];
  load?: () => Promise<{ mount: (root: HTMLElement, page: Page) => ViewObject }>;
}

/** A view that has been opened. */
export interface ViewObject {
  /** It is seen, or leaves the screen. */
  show(shown: boolean): void;
  /** Parts of the page's state have changed. */
  mark(...names: string[]): void;
  /** Another run begins. */
  forget?(): void;
  /** The space bar, in a view that does not train. */
  play?(): void;
}

/** What panels/index.js says of a panel, and what its module exports. */
export interface PanelLine {
  id: string;
  title: string;
  column: string;
  late?: boolean;
  module?: PanelModule;
  load?: () => Promise<PanelModule>;
}
export interface PanelModule {
  mount(element: HTMLElement, page: Page): void;
  update(state: State, changed: Set<string>): void;
  describe(state: State): string;
  table?(state: State): TableContent | undefined;
}
export interface TableContent {
  columns: string[];
  rows: (string | number)[][];
}

/** How a helping worker makes its share of a run. */
export interface ShareSource {
  settings?: Lists;
  source?: Source;
}
