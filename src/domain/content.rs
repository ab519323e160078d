//! What we say: the content of an outbound message, and Meta's limits on it (learned from Meta's messages reference, November 2026).

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// The content of one message, ready to be written in Meta's JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text(Text),
    /// A text with one to three buttons.
    Buttons(Buttons),
    /// A text with a sheet of rows to choose from.
    List(List),
}

/// Plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What is said.
    pub body: String,
    /// Whether WhatsApp shows a preview of the first link.
    pub preview_url: bool,
}

/// A text with one to three buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buttons {
    /// A line above the text.
    pub header: Option<String>,
    /// What is said.
    pub body: String,
    /// A small line below.
    pub footer: Option<String>,
    /// The buttons.
    pub buttons: Vec<Button>,
}

/// One button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Comes back when it is tapped.
    pub id: String,
    /// What the person sees.
    pub title: String,
}

/// A text with a sheet of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// A line above the text.
    pub header: Option<String>,
    /// What is said.
    pub body: String,
    /// A small line below.
    pub footer: Option<String>,
    /// The button that opens the sheet.
    pub button: String,
    /// The rows, in groups.
    pub sections: Vec<Section>,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Needed as soon as there are two sections.
    pub title: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Comes back when it is chosen.
    pub id: String,
    /// What the person sees.
    pub title: String,
    /// A second, smaller line.
    pub description: Option<String>,
}

/// Meta's limits, in characters unless said otherwise.
pub mod limit {
    /// Body of a text.
    pub const TEXT: usize = 4096;
    /// Body over buttons.
    pub const BUTTONS_BODY: usize = 1024;
    /// Body of a list (some pages of Meta say 1024).
    pub const LIST_BODY: usize = 4096;
    /// Header as text.
    pub const HEADER: usize = 60;
    /// Footer.
    pub const FOOTER: usize = 60;
    /// How many buttons.
    pub const BUTTONS: usize = 3;
    /// Title of a button, and of the button that opens a list.
    pub const BUTTON_TITLE: usize = 20;
    /// Id of a button.
    pub const BUTTON_ID: usize = 256;
    /// Rows in all sections together (not per section).
    pub const ROWS: usize = 10;
    /// Sections.
    pub const SECTIONS: usize = 10;
    /// Title of a section.
    pub const SECTION_TITLE: usize = 24;
    /// Title of a row.
    pub const ROW_TITLE: usize = 24;
    /// Description of a row.
    pub const ROW_DESCRIPTION: usize = 72;
    /// Id of a row.
    pub const ROW_ID: usize = 200;
}

/// Something that Meta would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentProblem {
    /// Where: `buttons[0].title`.
    pub field: String,
    /// What is wrong, with limit and length: `is 27 characters long, at most 20 are allowed`.
    pub problem: String,
}

impl Content {
    /// `text`, `buttons` or `list`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Buttons(_) => "buttons",
            Self::List(_) => "list",
        }
    }

    /// Everything that Meta would refuse; empty when it can be sent.
    #[must_use]
    pub fn problems(&self) -> Vec<ContentProblem> {
        let mut found = Found(Vec::new());
        match self {
            Self::Text(text) => found.length("body", &text.body, 1, limit::TEXT),
            Self::Buttons(buttons) => buttons.check(&mut found),
            Self::List(list) => list.check(&mut found),
        }
        found.0
    }

    /// Cuts titles and texts that a rendered value made too long, at whole graphemes. Returns the fields that were cut.
    pub fn fit(&mut self) -> Vec<String> {
        let mut cut = Vec::new();
        match self {
            Self::Text(text) => shorten(&mut text.body, limit::TEXT, "body", &mut cut),
            Self::Buttons(buttons) => {
                frame(&mut buttons.header, &mut buttons.footer, &mut cut);
                shorten(&mut buttons.body, limit::BUTTONS_BODY, "body", &mut cut);
                for (n, button) in buttons.buttons.iter_mut().enumerate() {
                    shorten(&mut button.title, limit::BUTTON_TITLE, &format!("buttons[{n}].title"), &mut cut);
                }
            }
            Self::List(list) => list.fit(&mut cut),
        }
        cut
    }
}

impl Buttons {
    fn check(&self, found: &mut Found) {
        found.optional("header", self.header.as_ref(), limit::HEADER);
        found.length("body", &self.body, 1, limit::BUTTONS_BODY);
        found.optional("footer", self.footer.as_ref(), limit::FOOTER);
        found.count("buttons", self.buttons.len(), limit::BUTTONS);
        for (n, button) in self.buttons.iter().enumerate() {
            found.length(&format!("buttons[{n}].id"), &button.id, 1, limit::BUTTON_ID);
            found.length(&format!("buttons[{n}].title"), &button.title, 1, limit::BUTTON_TITLE);
        }
        found.unique("buttons", "id", self.buttons.iter().map(|button| button.id.as_str()));
        found.unique("buttons", "title", self.buttons.iter().map(|button| button.title.as_str()));
    }
}

impl List {
    fn check(&self, found: &mut Found) {
        found.optional("header", self.header.as_ref(), limit::HEADER);
        found.length("body", &self.body, 1, limit::LIST_BODY);
        found.optional("footer", self.footer.as_ref(), limit::FOOTER);
        found.length("button", &self.button, 1, limit::BUTTON_TITLE);
        found.count("sections", self.sections.len(), limit::SECTIONS);
        let rows = self.sections.iter().map(|section| section.rows.len()).sum();
        found.count("sections: rows in all sections together", rows, limit::ROWS);
        for (s, section) in self.sections.iter().enumerate() {
            section.check(s, self.sections.len() > 1, found);
        }
        let ids = self.sections.iter().flat_map(|section| &section.rows).map(|row| row.id.as_str());
        found.unique("sections", "row id", ids);
    }

    fn fit(&mut self, cut: &mut Vec<String>) {
        frame(&mut self.header, &mut self.footer, cut);
        shorten(&mut self.body, limit::LIST_BODY, "body", cut);
        shorten(&mut self.button, limit::BUTTON_TITLE, "button", cut);
        for (s, section) in self.sections.iter_mut().enumerate() {
            if let Some(title) = &mut section.title {
                shorten(title, limit::SECTION_TITLE, &format!("sections[{s}].title"), cut);
            }
            for (r, row) in section.rows.iter_mut().enumerate() {
                shorten(&mut row.title, limit::ROW_TITLE, &format!("sections[{s}].rows[{r}].title"), cut);
                if let Some(description) = &mut row.description {
                    shorten(description, limit::ROW_DESCRIPTION, &format!("sections[{s}].rows[{r}].description"), cut);
                }
            }
        }
    }
}

impl Section {
    fn check(&self, s: usize, needs_title: bool, found: &mut Found) {
        match &self.title {
            Some(title) => found.length(&format!("sections[{s}].title"), title, 1, limit::SECTION_TITLE),
            None if needs_title => found.add(format!("sections[{s}].title"), "is needed as soon as there are two sections"),
            None => {}
        }
        if self.rows.is_empty() {
            found.add(format!("sections[{s}].rows"), "is empty: a section needs at least one row");
        }
        for (r, row) in self.rows.iter().enumerate() {
            let at = format!("sections[{s}].rows[{r}]");
            found.length(&format!("{at}.id"), &row.id, 1, limit::ROW_ID);
            found.length(&format!("{at}.title"), &row.title, 1, limit::ROW_TITLE);
            found.optional(&format!("{at}.description"), row.description.as_ref(), limit::ROW_DESCRIPTION);
        }
    }
}

struct Found(Vec<ContentProblem>);

impl Found {
    fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(ContentProblem { field: field.into(), problem: problem.into() });
    }

    fn length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length < least || text.trim().is_empty() {
            self.add(field, "is empty");
        } else if length > most {
            self.add(field, format!("is {length} characters long, at most {most} are allowed"));
        }
    }

    fn optional(&mut self, field: &str, text: Option<&String>, most: usize) {
        if let Some(text) = text {
            self.length(field, text, 1, most);
        }
    }

    fn count(&mut self, field: &str, count: usize, most: usize) {
        if count == 0 || count > most {
            self.add(field, format!("has {count} entries, 1 to {most} are allowed"));
        }
    }

    fn unique<'a>(&mut self, field: &str, what: &str, values: impl Iterator<Item = &'a str>) {
        let mut seen = std::collections::BTreeSet::new();
        for value in values {
            if !seen.insert(value) {
                self.add(field, format!("has the {what} \"{value}\" twice"));
            }
        }
    }
}

fn frame(header: &mut Option<String>, footer: &mut Option<String>, cut: &mut Vec<String>) {
    if let Some(header) = header {
        shorten(header, limit::HEADER, "header", cut);
    }
    if let Some(footer) = footer {
        shorten(footer, limit::FOOTER, "footer", cut);
    }
}

fn shorten(text: &mut String, most: usize, field: &str, cut: &mut Vec<String>) {
    if text.chars().count() <= most {
        return;
    }
    let mut length = 0;
    let fits = |grapheme: &&str| {
        length += grapheme.chars().count();
        length < most
    };
    *text = text.graphemes(true).take_while(fits).chain(["…"]).collect();
    cut.push(field.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_over_the_limit_is_named_with_limit_and_length() {
        let buttons = vec![Button { id: "a".into(), title: "x".repeat(27) }];
        let content = Content::Buttons(Buttons { header: None, body: "b".into(), footer: None, buttons });
        let problem =
            ContentProblem { field: "buttons[0].title".into(), problem: "is 27 characters long, at most 20 are allowed".into() };
        assert_eq!(content.problems(), vec![problem]);
    }

    #[test]
    fn a_rendered_title_is_cut_at_a_whole_grapheme_and_then_fits() {
        let title = "👩‍👩‍👧‍👦".repeat(5);
        let buttons = vec![Button { id: "a".into(), title }];
        let mut content = Content::Buttons(Buttons { header: None, body: "b".into(), footer: None, buttons });
        assert_eq!(content.fit(), vec!["buttons[0].title"]);
        assert!(content.problems().is_empty(), "{:?}", content.problems());
        let Content::Buttons(cut) = &content else { unreachable!() };
        assert_eq!(cut.buttons[0].title, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…");
    }
}
