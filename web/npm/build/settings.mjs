// Writes what follows from the engine and the files into a package that has been put together: settings.d.ts, and the tables of its README.
//   node web/npm/build/settings.mjs FOLDER
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { pathToFileURL } from 'node:url';

const folder = pathToFileURL(`${process.argv[2]}/`);
const { presets } = await import(new URL('node.js', folder));

const TYPES = { integers: 'number[] | string', numbers: 'number[] | string', 'number or numbers': 'number | number[] | string', points: 'number[][] | string', choice: 'string', text: 'string' };
const all = await presets();
const options = new Map();
for (const { name, options: rows } of all) {
  for (const row of rows) {
    const known = options.get(row.key);
    if (known) known.systems.push(name);
    else options.set(row.key, { ...row, systems: [name] });
  }
}

const limits = ({ min, max, kind, choices }) => (choices.length ? choices.join(', ') : kind === 'positive' ? 'above 0' : min !== undefined && max !== undefined ? `${min} to ${max}` : min !== undefined ? `from ${min}` : max !== undefined ? `up to ${max}` : '');
const type = ({ kind, choices }) => (choices.length ? choices.map((choice) => `'${choice}'`).join(' | ') : TYPES[kind] ?? 'number');
const notes = (row) => [limits(row), row.unit && `in ${row.unit}`, row.systems.length < all.length && `of ${row.systems.join(', ')}`].filter(Boolean).join('; ');

const lines = [...options.values()].map((row) => `  /** ${row.help}${notes(row) ? ` (${notes(row)})` : ''} */\n  ${/^\w+$/.test(row.key) ? row.key : `'${row.key}'`}?: ${type(row)};`);
writeFileSync(new URL('settings.d.ts', folder), `// Written by \`cargo xtask npm\` from the engine's schema.

/** Names of the presets. */
export type PresetName = ${all.map(({ name }) => `'${name}'`).join(' | ')};

/** Everything that may be set; what is left out is that of the system. */
export interface Settings {
${lines.join('\n')}
}
`);

const readme = new URL('README.md', folder);
const text = readFileSync(readme, 'utf8');
const cell = (words) => String(words).replaceAll('|', '\\|');
/** The options that decide whether a run works out, in the order in which one tries them. */
const MATTER = ['seed', 'temperature', 'w_kl', 'w_ml', 'iterations', 'batch', 'learning_rate', 'flow', 'hidden', 'example_chains'];
const missing = MATTER.filter((key) => !options.has(key));
if (missing.length > 0) throw new Error(`there is no option ${missing.join(', ')} any more: change the list of those that matter`);
const table = (rows) => ['| option | default | what it is |', '|---|---|---|', ...rows.map((row) => `| \`${row.key}\` | ${cell(row.default ?? '')} | ${cell(row.help)}${notes(row) ? ` (${cell(notes(row))})` : ''} |`)].join('\n');
const matter = MATTER.map((key) => options.get(key));
const others = [...options.values()].filter(({ key }) => !MATTER.includes(key));
const marked = text.replace('<!-- presets -->', ['| preset | dimension | what it is |', '|---|---|---|', ...all.map(({ name, dim, summary }) => `| \`${name}\` | ${dim} | ${summary} |`)].join('\n')).replace('<!-- options -->', table(matter)).replace('<!-- other options -->', table(others)).replace('<!-- sizes -->', sizes());
if (marked.includes('<!--')) throw new Error('README.md of the package has a mark that is not known');
writeFileSync(readme, marked);

/** What a page downloads: one of the modules, and the scripts. */
function sizes() {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  const rows = ['| file | bytes | gzip | brotli |', '|---|---|---|---|'];
  const add = (name, bytes) => rows.push(`| ${name} | ${kilobytes(bytes.length)} | ${kilobytes(gzipSync(bytes, { level: 9 }).length)} | ${kilobytes(brotliCompressSync(bytes).length)} |`);
  for (const flavour of ['relaxed', 'simd']) add(`\`pkg/${flavour}.wasm\``, readFileSync(new URL(`pkg/${flavour}.wasm`, folder)));
  const scripts = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.js') && name !== 'node.js').sort();
  add('all scripts of a page', Buffer.concat(scripts.map((name) => readFileSync(new URL(name, folder)))));
  return rows.join('\n');
}
