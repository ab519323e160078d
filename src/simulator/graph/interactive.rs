//! Reply buttons and lists: Meta's shapes and limits.

use std::collections::BTreeSet;

use serde::Serialize;

use super::check::Shown;
use super::error::Refusal;
use super::shape::Part;

const HEADER: usize = 60;
const FOOTER: usize = 60;
const BUTTONS_BODY: usize = 1024;
/// Some pages of Meta say 1024; the reference says 4096.
const LIST_BODY: usize = 4096;
const BUTTONS: usize = 3;
const BUTTON_ID: usize = 256;
const BUTTON_TITLE: usize = 20;
const SECTIONS: usize = 10;
const SECTION_TITLE: usize = 24;
/// In all sections together.
const ROWS: usize = 10;
const ROW_ID: usize = 200;
const ROW_TITLE: usize = 24;
const ROW_DESCRIPTION: usize = 72;

#[derive(Serialize)]
struct Shows<'a, A> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<&'a str>,
    #[serde(flatten)]
    action: A,
}

#[derive(Serialize)]
struct Buttons<'a> {
    buttons: Vec<Button<'a>>,
}

#[derive(Serialize)]
struct Button<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    button: &'a str,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct Section<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

/// Checks the `interactive` object.
pub(super) fn interactive(mut part: Part<'_>) -> Result<Shown, Refusal> {
    let kind = part.string("type")?;
    let most = match kind {
        "button" => BUTTONS_BODY,
        "list" => LIST_BODY,
        other => {
            return Err(Refusal::value(format!(
                "Param interactive.type \"{other}\": the simulator takes button and list so far."
            )));
        }
    };
    let header = header(&mut part)?;
    let body = framed(part.object("body")?, most)?;
    let footer = part.maybe_object("footer")?.map(|footer| framed(footer, FOOTER)).transpose()?;
    let action = part.object("action")?;
    part.done()?;
    if kind == "button" {
        return shown("buttons", &Shows { header, body, footer, action: buttons(action)? });
    }
    shown("list", &Shows { header, body, footer, action: list(action)? })
}

fn shown(kind: &'static str, shows: &impl Serialize) -> Result<Shown, Refusal> {
    let value = serde_json::to_value(shows).map_err(|_| Refusal::parameter("The message cannot be shown."))?;
    Ok(Shown::new(kind, &value))
}

fn header<'a>(part: &mut Part<'a>) -> Result<Option<&'a str>, Refusal> {
    let Some(mut header) = part.maybe_object("header")? else { return Ok(None) };
    header.exactly("type", "text")?;
    let text = header.text("text", HEADER)?;
    header.done()?;
    Ok(Some(text))
}

fn framed(mut part: Part<'_>, most: usize) -> Result<&str, Refusal> {
    let text = part.text("text", most)?;
    part.done()?;
    Ok(text)
}

fn buttons(mut action: Part<'_>) -> Result<Buttons<'_>, Refusal> {
    let list = action.list("buttons", BUTTONS)?;
    let (mut buttons, mut ids, mut titles) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (index, value) in list.iter().enumerate() {
        let mut button = action.element("buttons", index, value)?;
        button.exactly("type", "reply")?;
        let mut reply = button.object("reply")?;
        let (id, title) = (identifier(&mut reply, BUTTON_ID)?, reply.text("title", BUTTON_TITLE)?);
        reply.done()?;
        button.done()?;
        if !ids.insert(id) || !titles.insert(title) {
            return Err(Refusal::value("Duplicated button: ids and titles of the buttons must be unique."));
        }
        buttons.push(Button { id, title });
    }
    action.done()?;
    Ok(Buttons { buttons })
}

fn list(mut action: Part<'_>) -> Result<List<'_>, Refusal> {
    let button = action.text("button", BUTTON_TITLE)?;
    let values = action.list("sections", SECTIONS)?;
    let (mut sections, mut ids) = (Vec::new(), BTreeSet::new());
    for (index, value) in values.iter().enumerate() {
        let section = action.element("sections", index, value)?;
        sections.push(read_section(section, values.len() > 1, &mut ids)?);
    }
    action.done()?;
    if sections.iter().map(|section| section.rows.len()).sum::<usize>() > ROWS {
        return Err(Refusal::value(format!("Total row count exceed max allowed count: {ROWS} in all sections together.")));
    }
    Ok(List { button, sections })
}

fn read_section<'a>(mut part: Part<'a>, needs_title: bool, ids: &mut BTreeSet<&'a str>) -> Result<Section<'a>, Refusal> {
    let title = part.maybe_text("title", SECTION_TITLE)?;
    if needs_title && title.is_none() {
        return Err(Refusal::missing(&part.name("title")));
    }
    let mut rows = Vec::new();
    for (index, value) in part.list("rows", ROWS)?.iter().enumerate() {
        let mut row = part.element("rows", index, value)?;
        let id = identifier(&mut row, ROW_ID)?;
        let (title, description) = (row.text("title", ROW_TITLE)?, row.maybe_text("description", ROW_DESCRIPTION)?);
        row.done()?;
        if !ids.insert(id) {
            return Err(Refusal::value("Duplicated row id: ids must be unique in all sections together."));
        }
        rows.push(Row { id, title, description });
    }
    part.done()?;
    Ok(Section { title, rows })
}

/// An id comes back in the tap: Meta refuses spaces around it.
fn identifier<'a>(part: &mut Part<'a>, most: usize) -> Result<&'a str, Refusal> {
    let id = part.text("id", most)?;
    if id.trim() == id {
        return Ok(id);
    }
    Err(Refusal::value(format!("Param {} must not have leading or trailing spaces.", part.name("id"))))
}
