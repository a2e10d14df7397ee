// Fetches and compiles the engine while the page's own modules are still on their way.
import { compileEngine } from '../engine.js';

export const compiling = compileEngine();
// Whoever waits for it says what went wrong.
compiling.catch(() => {});
