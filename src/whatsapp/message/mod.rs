//! Outgoing: from content to the JSON of one request (Meta's messages reference, v25.0).

mod wire;

use crate::domain::{Content, OutboundId, Recipient, Wamid};

/// The request's JSON without the callback data: stored once, so that every attempt sends the same bytes.
///
/// # Errors
/// Never in practice: the content is made of strings.
pub fn request(content: &Content, to: &Recipient, quotes: Option<&Wamid>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&wire::Request::new(content, to, quotes))
}

/// The stored JSON with the callback data of one attempt.
#[must_use]
pub fn with_callback(body: &str, id: &OutboundId, n: u32) -> String {
    let rest = body.strip_prefix('{').unwrap_or(body);
    format!("{{\"biz_opaque_callback_data\":\"{}\",{rest}", super::callback(id, n))
}

/// The JSON that marks a message as read, and shows "typing…" until the answer or for 25 s.
#[must_use]
pub fn read_receipt(wamid: &Wamid, typing: bool) -> String {
    serde_json::to_string(&wire::ReadReceipt::new(wamid, typing)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Button, Buttons, List, Row, Section, Text, UserId, WaId};

    fn ann() -> Recipient {
        Recipient::Phone(WaId::new("16505551234"))
    }

    #[test]
    fn a_text_goes_to_the_number_with_a_plus() {
        let content = Content::Text(Text { body: "hi".into(), preview_url: false });
        insta::assert_snapshot!(request(&content, &ann(), None).unwrap(), @r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","type":"text","text":{"body":"hi","preview_url":false}}"#);
    }

    #[test]
    fn a_person_without_a_number_is_the_recipient() {
        let content = Content::Text(Text { body: "hi".into(), preview_url: false });
        let to = Recipient::User(UserId::new("US.1349"));
        insta::assert_snapshot!(request(&content, &to, Some(&Wamid::new("wamid.1"))).unwrap(), @r#"{"messaging_product":"whatsapp","recipient_type":"individual","recipient":"US.1349","context":{"message_id":"wamid.1"},"type":"text","text":{"body":"hi","preview_url":false}}"#);
    }

    #[test]
    fn buttons_are_an_interactive_message() {
        let buttons = vec![Button { id: "a".into(), title: "A".into() }];
        let content = Content::Buttons(Buttons { header: Some("h".into()), body: "b".into(), footer: Some("f".into()), buttons });
        insta::assert_snapshot!(request(&content, &ann(), None).unwrap(), @r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","type":"interactive","interactive":{"type":"button","header":{"type":"text","text":"h"},"body":{"text":"b"},"footer":{"text":"f"},"action":{"buttons":[{"type":"reply","reply":{"id":"a","title":"A"}}]}}}"#);
    }

    #[test]
    fn a_list_has_sections_of_rows() {
        let rows = vec![Row { id: "r".into(), title: "R".into(), description: None }];
        let sections = vec![Section { title: None, rows }];
        let content = Content::List(List { header: None, body: "b".into(), footer: None, button: "Open".into(), sections });
        insta::assert_snapshot!(request(&content, &ann(), None).unwrap(), @r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","type":"interactive","interactive":{"type":"list","body":{"text":"b"},"action":{"button":"Open","sections":[{"rows":[{"id":"r","title":"R"}]}]}}}"#);
    }

    #[test]
    fn the_callback_joins_the_stored_bytes() {
        let body = with_callback(r#"{"to":"+1"}"#, &OutboundId::new("m_1"), 2);
        assert_eq!(body, r#"{"biz_opaque_callback_data":"wb1.m_1.2","to":"+1"}"#);
    }
}
