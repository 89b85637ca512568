//! `luminarys call`

use std::io::IsTerminal as _;
use std::time::Duration;

use luminarys_grants::{Denial, Manifest};
use luminarys_orchestrator::{
    CallContext, CallError, InvokeError, NamedForm, Orchestrator, Origin, Outcome, Settings,
};
use luminarys_text::visible_text;
use serde_json::{Value, json};

use super::{kept, loading};
use crate::cli::{Call, Output};
use crate::config::{Config, ConfigError};
use crate::{arguments, exit, output};

/// The time limit for delivering events that the call emitted.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn run(
    find: &dyn Fn() -> Result<Config, ConfigError>,
    call: Call,
) -> anyhow::Result<u8> {
    match (invoke(find, &call).await, call.output) {
        (Ok(Ok(outcome)), form) => {
            succeeded(form, outcome)?;
            Ok(exit::OK)
        }
        (Ok(Err(error)), form) => failed(form, &error),
        (Err(error), Output::Text) => Err(error),
        (Err(error), Output::Json) => {
            let message = format!("{error:#}");
            let line = json!({ "error": { "message": message, "exit": exit::USAGE } });
            output::print_json_line(&line)?;
            Err(error)
        }
    }
}

async fn invoke(
    find: &dyn Fn() -> Result<Config, ConfigError>,
    call: &Call,
) -> anyhow::Result<Result<Outcome, InvokeError>> {
    let mut config = super::quiet(find()?);
    let all = config.settings.clone();
    loading::only(&mut config.settings, &call.skill)?;
    // The others are loaded only if this skill may call or notify them.
    let settings = if reaches_others(&config.settings) {
        all
    } else {
        config.settings.clone()
    };
    let settings = Settings {
        clustered: kept::of_call(&config).await?,
        ..settings
    };
    let orchestrator = loading::load(settings).await?;
    let given = match &call.json {
        Some(text) => arguments::from_json(text)?,
        None => {
            let forms = forms(&orchestrator, &call.skill, &call.method);
            arguments::from_words(&call.arguments, &forms)?
        }
    };
    let mut context = CallContext::new("");
    context.client = Some("cli".into());
    let cancel = context.cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
    let (skill, method) = (call.skill.as_str(), call.method.as_str());
    let result = orchestrator.invoke(Origin::Operator, skill, method, given, context);
    let result = result.await;
    orchestrator.settle(SETTLE_TIMEOUT).await;
    Ok(result)
}

/// Whether a manifest allows its skill to call others or emit events.
fn reaches_others(settings: &Settings) -> bool {
    let environment = |name: &str| settings.variable(name);
    settings.manifests.iter().any(|path| {
        let manifest = Manifest::load(path, &environment);
        manifest.is_ok_and(|it| it.reaches_skills())
    })
}

fn forms(orchestrator: &Orchestrator, skill: &str, method: &str) -> Vec<NamedForm> {
    let methods = orchestrator.skill(skill).map(|skill| skill.methods);
    let mut methods = methods.into_iter().flatten();
    methods
        .find(|known| known.name == method)
        .map(|method| method.forms)
        .unwrap_or_default()
}

fn succeeded(form: Output, outcome: Outcome) -> anyhow::Result<()> {
    if form == Output::Json {
        let line = json!({ "result": outcome.value, "text": outcome.text_for_model });
        let line = luminarys_text::to_json(&line)?;
        return output::print_result(&format!("{line}\n"));
    }
    let mut text = match outcome.value {
        Value::Null => String::new(),
        Value::String(text) if text.ends_with('\n') => text,
        Value::String(text) => text + "\n",
        value => format!("{value:#}\n"),
    };
    if let Some(more) = outcome.text_for_model {
        text = format!("{text}\n{more}\n");
    }
    // The skill's exact text for a program; made visible for a person.
    if std::io::stdout().is_terminal() {
        text = visible_text(&text).into_owned();
    }
    output::print_result(&text)
}

fn failed(form: Output, error: &InvokeError) -> anyhow::Result<u8> {
    let code = exit::code(error);
    let denial = denial(error);
    if form == Output::Json {
        let line =
            json!({ "error": { "message": error.to_string(), "exit": code, "denial": denial } });
        output::print_json_line(&line)?;
    }
    output::tell(error);
    // The skill's own message may omit what was denied.
    if let (InvokeError::Call(_), Some(denial)) = (error, denial) {
        output::tell(denial);
    }
    Ok(code)
}

fn denial(error: &InvokeError) -> Option<&Denial> {
    match error {
        InvokeError::Denied(denial) => Some(denial),
        InvokeError::Call(CallError::Skill { denial, .. }) => denial.as_ref(),
        _ => None,
    }
}
