//! A message as a terminal can show it.

use std::fmt::Write as _;

use crate::domain::{Buttons, Content, List};

/// Its words, and under them what can be tapped.
pub(super) fn drawn(content: &Content) -> String {
    match content {
        Content::Text(text) => text.body.clone(),
        Content::Buttons(buttons) => drawn_buttons(buttons),
        Content::List(list) => drawn_list(list),
    }
}

fn drawn_buttons(buttons: &Buttons) -> String {
    let mut text = framed(buttons.header.as_deref(), &buttons.body, buttons.footer.as_deref());
    for button in &buttons.buttons {
        let _ = write!(text, "\n  [ {} ]  button:{}", button.title, button.id);
    }
    text
}

fn drawn_list(list: &List) -> String {
    let mut text = framed(list.header.as_deref(), &list.body, list.footer.as_deref());
    let _ = write!(text, "\n  [ {} ]", list.button);
    for section in &list.sections {
        if let Some(title) = &section.title {
            let _ = write!(text, "\n    {title}");
        }
        for row in &section.rows {
            let description = row.description.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            let _ = write!(text, "\n    - {}{description}  list:{}", row.title, row.id);
        }
    }
    text
}

fn framed(header: Option<&str>, body: &str, footer: Option<&str>) -> String {
    [header, Some(body), footer].into_iter().flatten().collect::<Vec<_>>().join("\n")
}
