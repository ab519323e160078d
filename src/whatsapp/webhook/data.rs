//! An event's data: our own envelope around one item, verbatim. Written without reading the values again, read back by field.

use serde_json::value::RawValue;

use super::change::Change;
use super::item::Item;
use super::json::fields;

fields!(
    /// The data of an event, as text by field.
    Envelope { delivery, waba_id, phone_number_id, display_phone_number, field, index, contact, item }
);

pub(super) use Envelope as DataFields;

/// Writes the data of the events of one change.
///
/// `{"delivery","waba_id","phone_number_id","display_phone_number","field","index","contact","item"}`, and `"thread"` before the
/// item for old messages. `contact` and `item` are Meta's text, byte for byte; what is absent is `null`.
#[derive(Debug)]
pub struct EventData {
    head: String,
}

impl EventData {
    /// Prepares what all events of a change of this delivery have in common.
    pub fn of(delivery: &str, change: &Change<'_>) -> Self {
        let mut head = String::with_capacity(288);
        head.push_str("{\"delivery\":");
        push_text(&mut head, Some(delivery));
        head.push_str(",\"waba_id\":");
        push_text(&mut head, Some(&change.waba));
        head.push_str(",\"phone_number_id\":");
        push_text(&mut head, change.phone_number_id.as_deref());
        head.push_str(",\"display_phone_number\":");
        push_text(&mut head, change.display_phone_number.as_deref());
        head.push_str(",\"field\":");
        push_text(&mut head, Some(&change.field));
        head.push_str(",\"index\":");
        Self { head }
    }

    /// The data of one item; `index` is its place in its delivery, from 0.
    pub fn item(&self, index: u32, item: &Item<'_>) -> String {
        let contact = item.contact.map_or("null", RawValue::get);
        let mut data = String::with_capacity(self.head.len() + contact.len() + item.raw.get().len() + 64);
        data.push_str(&self.head);
        data.push_str(&index.to_string());
        data.push_str(",\"contact\":");
        data.push_str(contact);
        if let Some(thread) = item.thread {
            data.push_str(",\"thread\":");
            data.push_str(thread.get());
        }
        data.push_str(",\"item\":");
        data.push_str(item.raw.get());
        data.push('}');
        data
    }
}

/// Ids, numbers and names of fields: almost never is there anything to escape.
fn push_text(json: &mut String, text: Option<&str>) {
    let Some(text) = text else { return json.push_str("null") };
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        json.push_str(&serde_json::Value::from(text).to_string());
    } else {
        json.extend(["\"", text, "\""]);
    }
}
