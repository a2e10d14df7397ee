// Times in this Node: node tests/bench/node.mjs MODULE FILTER; prints JSON.
import { readFileSync } from 'node:fs';
import * as engine from '../../www/pkg/views.js';
import { bench } from '../../www/src/bench.js';

const [flavour, filter] = process.argv.slice(2);
const { memory } = engine.initSync({ module: readFileSync(new URL(`../../www/pkg/views-${flavour}.wasm`, import.meta.url)) });
console.log(JSON.stringify(await bench({ engine, memory, filter })));
