// What the package's scripts believe of the engine, and what it is.
import { test } from 'node:test';
import { compareTypings } from '../page/typings.mjs';

/** What only the page's build has. */
const OF_THE_PAGE = /^Engine\b|^(check_settings|landscape|plot_range|presets)$/;

test('www/src/engine.d.ts says what the package\'s engine has', () => compareTypings('target/xtask/simd/glue.d.ts', 'engine.d.ts', (name) => !OF_THE_PAGE.test(name)));
