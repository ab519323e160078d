//! Meta's JSON keys, level by level (learned from Meta's webhook reference, November 2026).

use super::json::fields;

fields!(
    /// The outermost object.
    Envelope { object, entry }
);
fields!(
    /// One account's part of a delivery.
    Entry { id, time, changes }
);
fields!(
    /// One change of an entry.
    ChangeFields { field, value }
);
fields!(
    /// The value of a change, of any field.
    Value {
        metadata,
        contacts,
        messages,
        statuses,
        errors,
        message_echoes,
        history,
        calls,
        groups,
        user_preferences,
        user_id_update,
        event,
    }
);
fields!(
    /// The business number of a change.
    Metadata { phone_number_id, display_phone_number }
);
fields!(
    /// One person in `contacts`.
    Contact { wa_id, user_id, profile }
);
fields!(
    /// The profile of a contact.
    Profile { name, username }
);
fields!(
    /// What identifies a message, of any type.
    MessageHead { id, timestamp, from, from_user_id, group_id }
);
fields!(
    /// A message.
    Message {
        id,
        timestamp,
        from,
        from_user_id,
        kind = "type",
        context,
        text,
        button,
        interactive,
        image,
        audio,
        video,
        document,
        sticker,
        order,
    }
);
fields!(
    /// The text, title, caption and the like of one part of a message.
    Part { id, body, text, payload, title, caption, filename, mime_type, sha256, kind = "type", button_reply, list_reply }
);
fields!(
    /// What a status is about.
    StatusFields {
        id,
        status,
        timestamp,
        recipient_id,
        recipient_user_id,
        recipient_participant_id,
        recipient_participant_user_id,
        biz_opaque_callback_data,
        errors,
        pricing,
    }
);
fields!(
    /// One error of Meta.
    ErrorFields { code, title }
);
fields!(
    /// The price of a message.
    PricingFields { billable, pricing_model, kind = "type", category }
);
fields!(
    /// One chunk of `history`.
    HistoryChunk { threads }
);
fields!(
    /// One conversation of a chunk of `history`.
    Thread { id, messages }
);
