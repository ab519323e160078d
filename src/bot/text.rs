//! Texts with values, by minijinja: strict about names, bounded in work, and never rendered twice. What a person wrote is a value, so it
//! is data: a `{{` in it stays as it is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::grammar::Template;

/// Steps that rendering one text may take: thousands of times what a message needs, and still well under a millisecond's harm.
const FUEL: u64 = 50_000;

/// Every text of a bot, compiled. A text is found by its own source.
#[derive(Debug)]
pub(super) struct Texts {
    environment: Environment<'static>,
}

impl Texts {
    /// No texts yet; `zone` is where the `date` filter lives.
    pub(super) fn new(zone: TimeZone) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        // Without it an error knows no column.
        environment.set_debug(true);
        // It would print every value at once.
        environment.remove_global("debug");
        environment.add_filter("date", move |moment: &str, format: Option<&str>| date(moment, format, &zone));
        Self { environment }
    }

    /// Compiles a text.
    pub(super) fn add(&mut self, template: &Template) -> Result<(), Error> {
        self.environment.add_template_owned(template.source.clone(), template.source.clone())
    }

    /// Whether a text may call this name, as `range` in a loop.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.environment.globals().any(|(known, _)| known == name)
    }

    /// Every name that a compiled text uses and does not set itself, such as `contact.name`.
    pub(super) fn names(&self, template: &Template) -> Vec<String> {
        let found = self.environment.get_template(&template.source);
        let mut names: Vec<String> = found.map(|text| text.undeclared_variables(true).into_iter().collect()).unwrap_or_default();
        names.sort_unstable();
        names
    }

    /// The text with its values, without space around it.
    pub(super) fn render(&self, template: &Template, values: &Value) -> Result<String, Error> {
        if template.is_static() {
            return Ok(template.source.trim().to_owned());
        }
        let rendered = self.environment.get_template(&template.source)?.render(values)?;
        Ok(rendered.trim().to_owned())
    }
}

/// `{{ message.timestamp | date('%H:%M') }}`, in the bot's time zone.
fn date(moment: &str, format: Option<&str>, zone: &TimeZone) -> Result<String, Error> {
    let wrong = |what: &'static str| Error::new(ErrorKind::InvalidOperation, what);
    let moment: Timestamp = moment.parse().map_err(|_| wrong("date takes a moment such as message.timestamp"))?;
    let local = moment.to_zoned(zone.clone());
    jiff::fmt::strtime::format(format.unwrap_or("%Y-%m-%d %H:%M"), &local)
        .map_err(|_| wrong("date does not know this format: use for example '%d.%m.%Y %H:%M'"))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;
    use crate::bot::grammar::Place;

    fn render(source: &str, values: &Value) -> Result<String, ErrorKind> {
        let template = Template { source: source.into(), place: Place::default() };
        let mut texts = Texts::new(TimeZone::get("Africa/Lagos").unwrap());
        texts.add(&template).map_err(|error| error.kind())?;
        texts.render(&template, values).map_err(|error| error.kind())
    }

    #[test]
    fn what_a_person_wrote_is_never_rendered() {
        let values = context!(said => "{{ 7 * 7 }} {% include 'x' %} <b>&amp;");
        assert_eq!(render("you said {{ said }}", &values).unwrap(), "you said {{ 7 * 7 }} {% include 'x' %} <b>&amp;");
    }

    #[test]
    fn a_text_cannot_run_for_ever() {
        assert_eq!(
            render("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", &context!()),
            Err(ErrorKind::OutOfFuel)
        );
    }

    #[test]
    fn a_moment_is_shown_in_the_zone_of_the_bot() {
        let values = context!(at => "2026-11-20T23:30:00Z");
        assert_eq!(render("{{ at | date('%d.%m. %H:%M') }}", &values).unwrap(), "21.11. 00:30");
        assert_eq!(render("{{ at | date('%') }}", &values), Err(ErrorKind::InvalidOperation));
    }
}
