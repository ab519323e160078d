//! `biz_opaque_callback_data`: what we send with a message comes back in its statuses (Meta allows 512 characters).

use crate::domain::OutboundId;

/// `wb1.<outbound id>.<attempt>`.
#[must_use]
pub fn callback(id: &OutboundId, n: u32) -> String {
    format!("wb1.{id}.{n}")
}

/// The message and attempt that a callback names; `None` when it is not ours.
#[must_use]
pub fn parse_callback(data: &str) -> Option<(OutboundId, u32)> {
    let (id, n) = data.strip_prefix("wb1.")?.rsplit_once('.')?;
    Some((OutboundId::new(id), n.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_send_comes_back_as_message_and_attempt() {
        let id = OutboundId::new("m_0123");
        assert_eq!(parse_callback(&callback(&id, 7)), Some((id, 7)));
        assert_eq!(parse_callback("order-4711"), None);
        assert_eq!(parse_callback("wb1.m_1.x"), None);
    }
}
