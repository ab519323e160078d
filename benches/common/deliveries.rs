//! Deliveries as Meta sends them: signed, in the documented shape of a text message.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs what is sent here.
pub(crate) const SECRET: &str = "the-secret-of-the-benchmark";
/// The account of Meta's own examples.
pub(crate) const WABA: &str = "102290129340398";
/// The number of Meta's own examples, and more: each may send 1,000 messages per second at most.
pub(crate) const NUMBERS: [&str; 8] = [
    "106540352242922",
    "106540352242923",
    "106540352242924",
    "106540352242925",
    "106540352242926",
    "106540352242927",
    "106540352242928",
    "106540352242929",
];

/// A body and Meta's header for it.
pub(crate) struct Signed {
    pub(crate) body: String,
    pub(crate) signature: String,
}

/// One delivery of these messages (JSON, with commas between them), all of one person to one number.
pub(crate) fn signed(number: &str, phone: &str, messages: &str) -> Signed {
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{WABA}","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{number}"}},"contacts":[{{"profile":{{"name":"Sheena Nelson"}},"wa_id":"{phone}"}}],"messages":[{messages}]}},"field":"messages"}}]}}]}}"#
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    Signed { body, signature }
}

/// A text message as JSON; `sent_at` in seconds.
pub(crate) fn message(phone: &str, wamid: &str, sent_at: i64, text: &str) -> String {
    format!(r#"{{"from":"{phone}","id":"{wamid}","timestamp":"{sent_at}","type":"text","text":{{"body":"{text}"}}}}"#)
}

/// The whole HTTP request.
pub(crate) fn request(Signed { body, signature }: &Signed) -> Vec<u8> {
    let head = format!(
        "POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n\
         Content-Type: application/json\r\nX-Hub-Signature-256: {signature}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// SplitMix64: neighbours become strangers.
pub(crate) fn scattered(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
