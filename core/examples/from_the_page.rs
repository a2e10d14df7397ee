//! own, seed 5, 61 steps. In Cargo.toml: boltzflow = "0.1.0", or the path of its folder core.
use boltzflow::num::{Result, Sequential};
use boltzflow::optim::Schedule;
use boltzflow::preset::{preset, setting};
use boltzflow::setting::{Parameters, Value};

fn main() -> Result<()> {
    let mut settings = preset("own")?;
    settings.set("temperature", &Value::Number(1.5))?;
    settings.set("seed", &Value::Number(5.0))?;
    settings.set("hidden", &Value::List(vec![16.0, 16.0]))?;
    settings.set("iterations", &Value::Number(60.0))?;
    settings.set("batch", &Value::Number(128.0))?;
    let mut parameters = Parameters::new();
    parameters.set("formula", Value::Text("(x^2 + 2*y^2)/4".into()));
    parameters.set("wells", Value::Text("-1.5,-0.5,6,0.6;1.5,0.5,5,0.6".into()));
    settings.set_parameters(&parameters)?;
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while trainer.step_count() < 30 {
        trainer.step(&Sequential)?;
    }
    let spec = setting("w_kl")?;
    trainer.adjust(|stages| {
        for stage in stages {
            spec.access.set_in_stage(stage, &Value::Number(0.5));
        }
    })?;
    while trainer.step_count() < 60 {
        trainer.step(&Sequential)?;
    }
    trainer.adjust(|stages| {
        if let Some(mut stage) = stages.last().cloned() {
            stage.iterations = 300;
            stage.learning_rate *= 0.2;
            stage.schedule = Schedule::Constant;
            stages.push(stage);
        }
    })?;
    while trainer.step_count() < 61 {
        trainer.step(&Sequential)?;
    }
    println!("{:016x}", trainer.layout().digest(trainer.theta(), trainer.constants()));
    Ok(())
}
