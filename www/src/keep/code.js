// Programs that do what this run did, step by step, and end with the same digest.
import { changesOf } from './model.js';

/** What both programs are made of: `{ changes, edits, step, place }`; an edit without a key extends the plan. */
export async function recipe(page) {
  const { started, step } = page.state;
  const edits = (await page.session.ask('changes')).map(({ step: at, content }) => ({ step: at, ...content }));
  return { changes: changesOf(page.schema, started), edits: edits.filter((edit) => edit.step <= step), step, place: new URL('.', document.baseURI).href };
}

const told = ({ preset, seed }, step) => `${preset}, seed ${seed}, ${step} steps`;

/** A module for a browser, beside the page's engine or from where it is served. */
export function javascript({ changes, edits, step, place }) {
  const { preset, settings, parameters } = changes;
  const values = { preset, ...settings, ...parameters };
  const lines = Object.entries(values).map(([key, value]) => `  ${key}: ${JSON.stringify(Array.isArray(value) ? value.join(',') : String(value))},`);
  const until = (end) => `while (training.step_count < ${end}) training.step();`;
  const changed = edits.map(({ step: at, key, value }) => `${until(at)}\n${key ? `training.adjust(${JSON.stringify(key)}, ${JSON.stringify(value)});` : 'training.extend();'}\n`);
  return `// ${told(changes, step)}. A module: <script type="module"> on a page of the same site, or the browser's console.
const { loadEngine } = await import(${JSON.stringify(`${place}engine.js`)});

const settings = {
${lines.join('\n')}
};
const { engine } = await loadEngine();
const run = new engine.Engine(Object.keys(settings), Object.values(settings));
const { training } = run;
${changed.join('')}${until(step)}
const { delta_f, delta_f_error, ess, verdict } = run.estimate(20000);
console.log(training.digest(), { delta_f, delta_f_error, ess, verdict });
`;
}

/** A program with the Rust library, in the form that rustfmt gives it; core/examples/from_the_page.rs is one. */
export function rust({ changes, edits, step }, version) {
  const { preset, settings, parameters } = changes;
  const set = Object.entries(settings).map(([key, value]) => `    settings.set(${JSON.stringify(key)}, &${rustValue(value)})?;\n`);
  const own = Object.entries(parameters).map(([key, value]) => `    parameters.set(${JSON.stringify(key)}, ${rustValue(value)});\n`);
  // They belong together: a formula takes along wells that are not named.
  const together = own.length ? `    let mut parameters = Parameters::new();\n${own.join('')}    settings.set_parameters(&parameters)?;\n` : '';
  const until = (end) => `    while trainer.step_count() < ${end} {\n        trainer.step(&Sequential)?;\n    }\n`;
  const changed = edits.map(({ step: at, key, value }) => `${until(at)}${key ? adjust(key, value) : EXTEND}`);
  const adjusted = edits.some(({ key }) => key);
  const valued = set.length + own.length > 0 || adjusted;
  const uses = [
    ...(edits.some(({ key }) => !key) ? ['use boltzflow::optim::Schedule;\n'] : []),
    `use boltzflow::preset::${adjusted ? '{preset, setting}' : 'preset'};\n`,
    ...(valued ? [`use boltzflow::setting::${own.length ? '{Parameters, Value}' : 'Value'};\n`] : []),
  ];
  return `//! ${told(changes, step)}. In Cargo.toml: boltzflow = "${version}", or the path of its folder core.
use boltzflow::num::{Result, Sequential};
${uses.join('')}
fn main() -> Result<()> {
    let ${set.length + own.length ? 'mut ' : ''}settings = preset(${JSON.stringify(preset)})?;
${set.join('')}${together}    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
${changed.join('')}${until(step)}    println!("{:016x}", trainer.layout().digest(trainer.theta(), trainer.constants()));
    Ok(())
}
`;
}

const adjust = (key, value) => `    let spec = setting(${JSON.stringify(key)})?;
    trainer.adjust(|stages| {
        for stage in stages {
            spec.access.set_in_stage(stage, &Value::Number(${float(Number(value))}));
        }
    })?;\n`;

/** As the page's “Train on”: see \`extend\` in web/src/stages.rs. */
const EXTEND = `    trainer.adjust(|stages| {
        if let Some(mut stage) = stages.last().cloned() {
            stage.iterations = 300;
            stage.learning_rate *= 0.2;
            stage.schedule = Schedule::Constant;
            stages.push(stage);
        }
    })?;
`;

/** Digits alone would be a whole number in Rust. */
const float = (value) => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`);

function rustValue(value) {
  if (Array.isArray(value)) return `Value::List(vec![${value.map(float).join(', ')}])`;
  return typeof value === 'string' ? `Value::Text(${JSON.stringify(value)}.into())` : `Value::Number(${float(value)})`;
}
