//! Log events as lines of JSON: `{"timestamp": …, "level": …, "fields": {"message": …, …}, "target": …, "spans": […]}`.

use std::fmt::{self, Debug};

use luminarys_text::{bounded_field, to_json};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Formats events as JSON. `redact` gets each text before it is cut and escaped.
pub(super) struct JsonEvents<R> {
    pub redact: R,
}

impl<S, N, R> FormatEvent<S, N> for JsonEvents<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    R: Fn(String) -> String,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut fields = Fields {
            redact: &self.redact,
            map: Map::new(),
        };
        event.record(&mut fields);
        let metadata = event.metadata();
        let mut line = json!({
            "timestamp": timestamp,
            "level": metadata.level().as_str(),
            "fields": fields.map,
            "target": metadata.target(),
        });
        let spans = context.event_scope().into_iter();
        let spans = spans.flat_map(|scope| scope.from_root().map(|span| json!(span.name())));
        let spans: Vec<Value> = spans.collect();
        if !spans.is_empty() {
            line["spans"] = Value::Array(spans);
        }
        let line = to_json(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

struct Fields<'a, R> {
    redact: &'a R,
    map: Map<String, Value>,
}

impl<R: Fn(String) -> String> Fields<'_, R> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        let name = field.name();
        // Those are the log's own.
        if !name.starts_with("log.") {
            let name = name.trim_start_matches("r#").to_owned();
            self.map.insert(name, value.into());
        }
    }

    fn text(&self, text: String) -> String {
        bounded_field((self.redact)(text))
    }
}

impl<R: Fn(String) -> String> Visit for Fields<'_, R> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = self.text(value.to_owned());
        self.put(field, text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = self.text(format!("{value:?}"));
        self.put(field, text);
    }
}
