// What the scripts believe of the engine, and what it is.
import { test } from 'node:test';
import { compareTypings } from './typings.mjs';

test('www/src/engine.d.ts says what the page\'s engine has', () => compareTypings('www/pkg/glue.d.ts'));
