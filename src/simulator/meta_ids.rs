//! Ids as Meta draws them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::domain::Wamid;

/// A message id. Like Meta's, it decodes to the person's number, so that whoever logs it is caught.
pub(super) fn wamid(person: &str) -> Wamid {
    let person = &person.as_bytes()[..person.len().min(64)];
    let mut bytes = vec![0x1c, 0x18, u8::try_from(person.len()).unwrap_or(0)];
    bytes.extend_from_slice(person);
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, 0x12, 0x18, 0x14]);
    bytes.extend_from_slice(&Uuid::new_v4().simple().to_string().to_uppercase().as_bytes()[..20]);
    bytes.push(0);
    Wamid::new(format!("wamid.{}", STANDARD.encode(bytes)))
}

/// A media id: digits.
pub(super) fn media_id() -> String {
    (Uuid::new_v4().as_u128() % 10_u128.pow(16)).to_string()
}

/// Base64 of 32 bytes, as Meta writes the hash of a medium.
pub(super) fn media_sha256() -> String {
    let mut bytes = Uuid::new_v4().as_bytes().to_vec();
    bytes.extend_from_slice(Uuid::new_v4().as_bytes());
    STANDARD.encode(bytes)
}

/// A user id of this portfolio: country, dot, digits.
pub(super) fn user_id() -> String {
    format!("US.{}", Uuid::new_v4().as_u128() % 10_u128.pow(18))
}

/// A phone number that is never given out: 555-0100 to 555-0199 of a North American area.
pub(super) fn phone() -> String {
    const AREAS: [u16; 40] = [
        202, 203, 205, 206, 207, 208, 209, 212, 213, 214, 215, 216, 217, 301, 302, 303, 304, 305, 307, 308, 312, 313, 314, 315,
        401, 402, 404, 405, 406, 412, 415, 503, 504, 505, 512, 602, 603, 701, 702, 808,
    ];
    let [area, line, ..] = *Uuid::new_v4().as_bytes();
    format!("+1{}55501{:02}", AREAS[usize::from(area) % AREAS.len()], line % 100)
}

/// What Meta's support asks for; nobody can look it up here.
pub(super) fn fbtrace_id() -> String {
    let id = STANDARD.encode(Uuid::new_v4().as_bytes()).replace(['+', '/', '='], "_");
    format!("A{}", &id[..22])
}
