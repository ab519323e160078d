//! A step → the content of one message. Each text goes through `render`: with the values of a turn, or with placeholders for `check`.

use super::grammar::{self, Action, Reply, Status, Step, Template};
use super::markdown::whatsapp;
use crate::domain::{Button, Buttons, Content, List, Row, Section, Text};

/// The content of a step; `None` for one that is no message by itself (`use`, `silence`).
pub(super) fn content<E>(step: &Step, render: &mut impl FnMut(&Template) -> Result<String, E>) -> Result<Option<Content>, E> {
    Ok(Some(match &step.action {
        Action::Text(text) => Content::Text(of_text(text, render)?),
        Action::Buttons(buttons) => Content::Buttons(of_buttons(buttons, render)?),
        Action::List(list) => Content::List(of_list(list, render)?),
        Action::Use(_) | Action::Silence => return Ok(None),
    }))
}

fn of_text<E>(text: &grammar::Text, render: &mut impl FnMut(&Template) -> Result<String, E>) -> Result<Text, E> {
    let mut render = |template: &Template| {
        let body = render(template)?;
        Ok(if text.markdown { whatsapp(&body) } else { body })
    };
    Ok(Text { body: signed(text.status, &text.body, &mut render)?, preview_url: text.preview_url })
}

fn of_buttons<E>(buttons: &grammar::Buttons, render: &mut impl FnMut(&Template) -> Result<String, E>) -> Result<Buttons, E> {
    Ok(Buttons {
        header: optional(buttons.header.as_ref().map(|header| &header.0), render)?,
        body: signed(buttons.status, &buttons.body, render)?,
        footer: optional(buttons.footer.as_ref(), render)?,
        buttons: (buttons.buttons.iter())
            .map(|button| Ok(Button { id: render(&button.id)?, title: render(&button.title)? }))
            .collect::<Result<_, E>>()?,
    })
}

fn of_list<E>(list: &grammar::List, render: &mut impl FnMut(&Template) -> Result<String, E>) -> Result<List, E> {
    let mut sections = Vec::new();
    for section in &list.sections {
        let mut rows = Vec::new();
        for row in &section.rows {
            rows.push(Row {
                id: render(&row.id)?,
                title: render(&row.title)?,
                description: optional(row.description.as_ref(), render)?,
            });
        }
        sections.push(Section { title: optional(section.title.as_ref(), render)?, rows });
    }
    Ok(List {
        header: optional(list.header.as_ref().map(|header| &header.0), render)?,
        body: render(&list.body)?,
        footer: optional(list.footer.as_ref(), render)?,
        button: render(&list.button)?,
        sections,
    })
}

/// A line that renders to nothing is left out: Meta refuses an empty one.
fn optional<E>(
    template: Option<&Template>,
    render: &mut impl FnMut(&Template) -> Result<String, E>,
) -> Result<Option<String>, E> {
    let rendered = template.map(render).transpose()?;
    Ok(rendered.filter(|text| !text.is_empty()))
}

fn signed<E>(
    status: Option<Status>,
    body: &Template,
    render: &mut impl FnMut(&Template) -> Result<String, E>,
) -> Result<String, E> {
    let sign = match status {
        None => "",
        Some(Status::Success) => "✅ ",
        Some(Status::Warning) => "⚠️ ",
        Some(Status::Error) => "❌ ",
    };
    let text = render(body)?;
    Ok(if text.is_empty() { text } else { format!("{sign}{text}") })
}

/// Every text of a step with the field it fills, as in `buttons[0].title`.
pub(super) fn templates<'a>(step: &'a Step) -> Vec<(String, &'a Template)> {
    let mut found = Vec::new();
    let mut add = |field: String, template: Option<&'a Template>| found.extend(template.map(|template| (field, template)));
    match &step.action {
        Action::Text(text) => add("body".into(), Some(&text.body)),
        Action::Buttons(buttons) => {
            add("header".into(), buttons.header.as_ref().map(|header| &header.0));
            add("body".into(), Some(&buttons.body));
            add("footer".into(), buttons.footer.as_ref());
            for (n, button) in buttons.buttons.iter().enumerate() {
                add(format!("buttons[{n}].id"), Some(&button.id));
                add(format!("buttons[{n}].title"), Some(&button.title));
            }
        }
        Action::List(list) => {
            add("header".into(), list.header.as_ref().map(|header| &header.0));
            add("body".into(), Some(&list.body));
            add("footer".into(), list.footer.as_ref());
            add("button".into(), Some(&list.button));
            for (s, section) in list.sections.iter().enumerate() {
                add(format!("sections[{s}].title"), section.title.as_ref());
                for (r, row) in section.rows.iter().enumerate() {
                    let at = format!("sections[{s}].rows[{r}]");
                    add(format!("{at}.id"), Some(&row.id));
                    add(format!("{at}.title"), Some(&row.title));
                    add(format!("{at}.description"), row.description.as_ref());
                }
            }
        }
        Action::Use(_) | Action::Silence => {}
    }
    found
}

/// The ids that a person may tap because of this reply, as `button:ID` or `list:ID`, with their template. An id may hold values.
pub(super) fn choices(reply: &Reply) -> Vec<(String, &Template)> {
    let mut found = Vec::new();
    for step in &reply.steps {
        match &step.action {
            Action::Buttons(buttons) => {
                found.extend(buttons.buttons.iter().map(|button| (format!("button:{}", button.id.source), &button.id)));
            }
            Action::List(list) => {
                let rows = list.sections.iter().flat_map(|section| &section.rows);
                found.extend(rows.map(|row| (format!("list:{}", row.id.source), &row.id)));
            }
            Action::Text(_) | Action::Use(_) | Action::Silence => {}
        }
    }
    found
}
