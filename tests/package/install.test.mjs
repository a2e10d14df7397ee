// The packed package in the projects of those who install it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { folder, inChromium, inProject, run, script, tarball, tool, write } from './project.mjs';

const SHORT = "{ system: 'double-well', seed: 7, iterations: 60, batch: 128 }";

/** A page that trains in a worker and by two helpers, and writes what it found. */
const MAIN = `
import { BoltzmannGenerator, BoltzmannError, systems } from 'boltzflow';
const answer = {};
try {
  const generator = await BoltzmannGenerator.create(${SHORT});
  let told = 0;
  const { digest, step } = await generator.train({ onProgress: () => { told += 1; } });
  const shared = await BoltzmannGenerator.create({ ...${SHORT}, workers: 2 });
  const twice = await shared.train();
  const { x } = await generator.sample(5);
  const again = await BoltzmannGenerator.load(await generator.save());
  const refused = await BoltzmannGenerator.create({ lerning_rate: 1 }).catch((error) => error);
  const controller = new AbortController();
  const stopped = generator.train({ steps: 1e6, signal: controller.signal, onProgress: () => controller.abort() }).catch((error) => error);
  Object.assign(answer, { digest, step, told, same: twice.digest === digest, systems: (await systems()).length });
  answer.samples = [...x].join() === [...(await again.sample(5)).x].join();
  answer.refused = refused instanceof BoltzmannError && refused.code;
  answer.stopped = (await stopped).code;
  const { deltaF } = await generator.freeEnergy({ along: (point) => point[0], samples: 2000, boundary: 0 });
  answer.deltaF = deltaF;
  generator.dispose();
  answer.disposed = await generator.sample(1).catch((error) => error.code);
} catch (error) {
  answer.error = String(error.stack);
}
document.getElementById('answer').textContent = JSON.stringify(answer);
`;
const PAGE = (source) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Package</title><p id="answer"></p>${source}</html>`;

function holds(answer) {
  assert.equal(answer.error, undefined);
  const { digest, told, deltaF, ...rest } = answer;
  assert.match(digest, /^[0-9a-f]{16}$/);
  assert.ok(told > 0 && Number.isFinite(deltaF));
  assert.deepEqual(rest, { step: 60, same: true, systems: 10, samples: true, refused: 'bad-option', stopped: 'aborted', disposed: 'disposed' });
}

test('the package holds what belongs to it and no more, and is small', (t) => {
  const names = run('tar', ['-tzf', tarball]).trim().split('\n').map((name) => name.replace('package/', '')).sort();
  assert.deepEqual(names, [
    'CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'direct.d.ts', 'direct.js', 'engine.js', 'errors.js', 'index.d.ts', 'index.js', 'node.js',
    'options.js', 'package.json', 'pkg/files.js', 'pkg/files.wasm', 'pkg/glue.js', 'pkg/relaxed.wasm', 'pkg/simd.wasm', 'settings.d.ts', 'src/files.js', 'src/helper.js', 'src/helping.js', 'src/pool.js', 'worker.js',
  ].sort());
  const { version, dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  assert.match(readFileSync('Cargo.toml', 'utf8'), new RegExp(`^version = "${version}"$`, 'm'));
  assert.equal(dependencies, undefined);
  for (const flavour of ['files', 'relaxed', 'simd']) {
    const { length } = brotliCompressSync(readFileSync(join(folder, `pkg/${flavour}.wasm`)));
    t.diagnostic(`${flavour}.wasm: ${length} bytes with brotli`);
    assert.ok(length <= 250_000, `${length}`);
  }
  const scripts = names.filter((name) => name.endsWith('.js'));
  const { length } = gzipSync(Buffer.concat(scripts.map((name) => readFileSync(join(folder, name)))), { level: 9 });
  t.diagnostic(`${scripts.length} scripts: ${length} bytes with gzip`);
  assert.ok(length <= 20_000, `${length}`);
});

const NODE = `
const generator = await BoltzmannGenerator.create(${SHORT});
const { digest } = await generator.train();
console.log(JSON.stringify({ digest, x: [...(await generator.sample(2)).x] }));
`;

test('Node imports it and requires it', () =>
  inProject({
    'import.mjs': `import { BoltzmannGenerator } from 'boltzflow';${NODE}`,
    'require.cjs': `(async () => { let { BoltzmannGenerator } = {}; try { ({ BoltzmannGenerator } = require('boltzflow')); } catch (error) { if (error.code !== 'ERR_REQUIRE_ESM') throw error; ({ BoltzmannGenerator } = await import('boltzflow')); }${NODE}})();`,
    'direct.mjs': `import { BoltzmannGenerator } from 'boltzflow/direct';${NODE}`,
  }, (root) => {
    const first = script(root, 'import.mjs');
    assert.match(first.digest, /^[0-9a-f]{16}$/);
    assert.deepEqual(script(root, 'require.cjs'), first);
    assert.deepEqual(script(root, 'direct.mjs'), first);
  }));

test('a plain page imports it from where it lies', () =>
  inProject({ 'index.html': PAGE(`<script type="importmap">{ "imports": { "boltzflow": "./node_modules/boltzflow/index.js" } }</script><script type="module">${MAIN}</script>`) }, async (root) => holds(await inChromium(root))));

test('Vite builds it without any settings', () =>
  inProject({ 'index.html': PAGE('<script type="module" src="/main.js"></script>'), 'main.js': MAIN }, async (root) => {
    run(process.execPath, [tool('vite', 'vite'), 'build', '--logLevel', 'error'], root);
    holds(await inChromium(join(root, 'dist')));
  }));

test('webpack builds it without any settings', () =>
  inProject({ 'src/index.js': MAIN }, async (root) => {
    const { default: webpack } = await import('webpack');
    const stats = await new Promise((resolve, reject) => {
      webpack({ mode: 'production', context: root, output: { path: join(root, 'dist') }, performance: false }, (error, found) => (error ? reject(error) : resolve(found)));
    });
    assert.equal(stats.hasErrors(), false, stats.toString('errors-only'));
    write(root, { 'dist/index.html': PAGE('<script type="module" src="main.js"></script>') });
    holds(await inChromium(join(root, 'dist')));
  }));

test('its types are right for TypeScript, as modules of Node and of a bundler', () =>
  inProject({
    'use.ts': `
      import { BoltzmannError, BoltzmannGenerator, systems, type Progress, type Samples } from 'boltzflow';
      import { provideEngine } from 'boltzflow/direct';
      export async function use(): Promise<number> {
        using generator = await BoltzmannGenerator.create({ system: 'double-well', seed: 1, w_kl: 1, hidden: [32, 32], workers: 2 });
        const end: Progress = await generator.train({ steps: 10, learnFrom: { energy: 1, examples: 2 }, signal: AbortSignal.timeout(1000), onProgress: ({ loss }) => loss.kl });
        const samples: Samples = await generator.sample(10, { seed: 2 });
        await generator.map(samples.x); await generator.inverse([[0, 1]]); await generator.logProb(new Float32Array(2));
        const { deltaF } = await generator.freeEnergy({ along: (x) => x[0]!, bins: 10 });
        const own = await BoltzmannGenerator.custom({ range: [[-1, 1]], energyAndGradient: (x, u, g) => { u[0] = x[0]!; g[0] = 1; } });
        await BoltzmannGenerator.custom({ formula: 'x^2' });
        await BoltzmannGenerator.load(await own.save());
        // @ts-expect-error there is no such option
        await BoltzmannGenerator.create({ lerning_rate: 1 });
        // @ts-expect-error there is no such system
        await BoltzmannGenerator.create({ system: 'triple-well' });
        for (const { name, options } of await systems()) console.log(name, options[0]?.help);
        try { provideEngine(async () => ({ flavour: 'simd', module: new WebAssembly.Module(new Uint8Array()) })); } catch (error) { if (error instanceof BoltzmannError) console.log(error.code, error.hint); }
        return deltaF + end.step;
      }`,
  }, (root) => {
    for (const [module, resolution] of [['nodenext', 'nodenext'], ['preserve', 'bundler']]) {
      run(process.execPath, [tool('typescript', 'tsc'), '--noEmit', '--strict', '--noUncheckedIndexedAccess', '--target', 'es2022', '--lib', 'es2022,dom', '--module', module, '--moduleResolution', resolution, 'use.ts'], root);
    }
  }));

test('publint and attw find nothing', () => {
  run(process.execPath, [tool('publint', 'publint'), folder, '--strict'], folder);
  run(process.execPath, [tool('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'esm-only', '--exclude-entrypoints', './files.wasm', './relaxed.wasm', './simd.wasm'], folder);
});

test('its README shows the ten options that matter, and folds the others away', () => {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const [, shown, folded] = /## Options([^]*?)<details>([^]*?)<\/details>/.exec(text);
  const count = (part) => part.match(/^\| `/gm).length;
  assert.equal(count(shown), 10);
  assert.ok(count(folded) > 30, `${count(folded)} others`);
});

test('every example of its README runs', () => {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, kind, code]) => ({ kind, code }));
  assert.deepEqual(blocks.map(({ kind }) => kind), ['html', 'js', 'js']);
  const page = blocks[0].code.trim().split('\n');
  assert.ok(page.length <= 12, `${page.length} lines`);
  return inProject({
    'index.html': blocks[0].code.replace('https://unpkg.com/boltzflow/', './node_modules/boltzflow/').replace(/= `(ΔF[^`]*)`/, '= JSON.stringify({ said: `$1` })'),
    'node.mjs': blocks[1].code.replace('seed: 1 }', 'seed: 1, iterations: 250, batch: 64 }'),
    'own.mjs': blocks[2].code,
  }, async (root) => {
    const { said } = await inChromium(root);
    assert.match(said, /^ΔF = 3\.[2-5]\d ± 0\.0\d kT$/);
    const printed = run(process.execPath, ['node.mjs'], root);
    assert.deepEqual([...printed.matchAll(/^(\d+) 250 -?[\d.]+$/gm)].map(([, step]) => Number(step)), [100, 200, 250], printed);
    assert.match(printed, /ΔF = .* kT; /);
    assert.ok(readdirSync(root).includes('mueller-brown.safetensors'));
    const deltaF = Number(run(process.execPath, ['own.mjs'], root));
    assert.ok(Math.abs(deltaF - 0.867) < 0.1, `${deltaF}`);
  });
});
