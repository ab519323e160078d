//! From the text of one variable to its value, or to what is wrong with it.

use std::net::IpAddr;
use std::time::Duration;

use super::versions;

/// What is wrong with a text: `is "80a": not a number`. Only for variables that are no secrets.
pub(super) type Wrong = String;

/// Shown in errors: long or strange values are cut and escaped, so that a list stays a list.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

/// As [`shown`], for short values: a long one stands in the wrong place, and may be a secret.
pub(super) fn briefly(text: &str) -> String {
    let length = text.chars().count();
    if length <= 20 {
        return shown(text);
    }
    let beginning: String = text.chars().take(4).collect();
    format!("{:?}, {length} characters", format!("{beginning}…"))
}

pub(super) fn port(text: &str) -> Result<u16, Wrong> {
    text.trim().parse().map_err(|_| format!("is {}: not a port", briefly(text)))
}

pub(super) fn host(text: &str) -> Result<IpAddr, Wrong> {
    if text.trim() == "localhost" {
        return Ok(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    }
    text.trim().parse().map_err(|_| format!("is {}: not an IP address", briefly(text)))
}

/// `host:port`, without a scheme, as the emulators' own variables are written.
pub(super) fn host_and_port(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let (host, port) = text.rsplit_once(':').ok_or_else(|| format!("is {}: no host and port", briefly(text)))?;
    let plain = !host.is_empty() && !host.contains(['/', '@']) && !host.contains(char::is_whitespace);
    if plain && port.parse::<u16>().is_ok_and(|port| port > 0) {
        Ok(text.to_owned())
    } else {
        Err(format!("is {}: no host and port", shown(text)))
    }
}

/// A project, topic or subscription of Google Cloud: its short name, not its path.
pub(super) fn resource(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.~+%:".contains(letter);
    if text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && text.len() <= 255 && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(format!("is {}: not the short name of a resource of Google Cloud", shown(text)))
    }
}

/// A database of Firestore.
pub(super) fn database(text: &str) -> Result<String, Wrong> {
    if text.trim() == "(default)" { Ok(text.trim().to_owned()) } else { resource(text) }
}

/// A bucket of Cloud Storage (cloud.google.com/storage/docs/buckets, names, November 2026).
pub(super) fn bucket(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let ends = text.starts_with(plain) && text.ends_with(plain);
    if ends && (3..=222).contains(&text.len()) && text.chars().all(|letter| plain(letter) || "-_.".contains(letter)) {
        Ok(text.to_owned())
    } else {
        Err(format!("is {}: not the name of a bucket", shown(text)))
    }
}

/// The address of a service account.
pub(super) fn email(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let address = text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'));
    if address && !text.contains([' ', ':', '/']) {
        Ok(text.to_owned())
    } else {
        Err(format!("is {}: not the e-mail address of a service account", shown(text)))
    }
}

/// Digits, as all ids of Meta's are; a comma-separated list of them.
pub(super) fn ids(text: &str) -> Result<Vec<String>, Wrong> {
    let mut found = Vec::new();
    for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        if id.starts_with('+') {
            return Err(format!("holds {}: that is a phone number, not its id", briefly(id)));
        }
        if id.len() > 32 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("holds {}: an id is digits only", briefly(id)));
        }
        found.push(id.to_owned());
    }
    if found.is_empty() { Err(format!("is {}: no id in it", briefly(text))) } else { Ok(found) }
}

pub(super) fn version(text: &str) -> Result<String, Wrong> {
    let version = text.trim();
    if versions::is_version(version) { Ok(version.to_owned()) } else { Err(format!("is {}: not a version", briefly(text))) }
}

/// Scheme, host and port: the path is ours to add, and credentials in it would be logged somewhere.
pub(super) fn base_url(text: &str) -> Result<String, Wrong> {
    let what = if text.contains("://") { shown(text) } else { briefly(text) };
    let wrong = |why: &str| Err(format!("is {what}: {why}"));
    let Ok(url) = reqwest::Url::parse(text.trim()) else {
        return wrong("not a URL");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("neither http:// nor https://");
    }
    if url.host_str().is_none() {
        return wrong("no host in it");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("it has a query or a fragment");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn days(text: &str) -> Result<u16, Wrong> {
    match text.trim().parse() {
        Ok(days @ 15..=3650) => Ok(days),
        Ok(0..15) => Err(format!("is {}: shorter than the 15 days in which duplicates must be recognised", briefly(text))),
        Ok(3651..) | Err(_) => Err(format!("is {}: not a number of days", briefly(text))),
    }
}

/// Meta's own highest rate is 1,000.
pub(super) fn rate(text: &str) -> Result<u32, Wrong> {
    count(text, 1000, "messages per second")
}

/// More connections than this to one host help nobody.
pub(super) fn concurrency(text: &str) -> Result<u32, Wrong> {
    count(text, 512, "messages at once")
}

fn count(text: &str, most: u32, unit: &str) -> Result<u32, Wrong> {
    match text.trim().parse() {
        Ok(0) => Err(format!("is {}: nothing would ever be sent", briefly(text))),
        Ok(count) if count <= most => Ok(count),
        Ok(_) => Err(format!("is {}: more than {most} {unit}", briefly(text))),
        Err(_) => Err(format!("is {}: not a number of {unit}", briefly(text))),
    }
}

/// `500ms`, `8s`, `1m`; at most ten minutes. As in `bot.yaml`, only a zero needs no unit.
pub(super) fn grace(text: &str) -> Result<Duration, Wrong> {
    let trimmed = text.trim();
    let digits = trimmed.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let number: Option<u64> = number.parse().ok();
    let ms = match unit {
        "ms" => number,
        "" if number == Some(0) => number,
        "s" => number.and_then(|seconds| seconds.checked_mul(1000)),
        "m" => number.and_then(|minutes| minutes.checked_mul(60_000)),
        _ => None,
    };
    match ms {
        Some(ms) if ms <= 600_000 => Ok(Duration::from_millis(ms)),
        Some(_) => Err(format!("is {}: longer than 600s", briefly(text))),
        None => Err(format!("is {}: not a number and a unit", briefly(text))),
    }
}

/// Why a secret cannot be meant as it stands; never repeats it.
pub(super) fn secret_mistake(text: &str) -> Option<&'static str> {
    let first = text.chars().next()?;
    if text.len() > 1 && matches!(first, '"' | '\'' | '`') && text.ends_with(first) {
        return Some("has quotes around it, which docker --env-file and some shells pass on as part of it");
    }
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Some("has blanks or line breaks inside");
    }
    if !text.is_ascii() {
        return Some("holds characters that no secret of Meta's has: copied with an ellipsis or a typographic quote?");
    }
    let lower = text.to_ascii_lowercase().replace(['-', ' '], "_");
    let told_to_replace = ["your_", "change_me", "changeme", "replace_me", "replaceme", "insert_"];
    let filler = text.len() > 2 && text.chars().all(|letter| matches!(letter.to_ascii_lowercase(), 'x' | '*' | '.'));
    if told_to_replace.iter().any(|start| lower.starts_with(start)) || (first == '<' && text.ends_with('>')) || filler {
        return Some("is still the placeholder of an example");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_read_in_every_unit_and_bounded() {
        assert_eq!(grace("8s"), Ok(Duration::from_secs(8)));
        assert_eq!(grace("0"), Ok(Duration::ZERO));
        assert_eq!(grace("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(grace(" 1m "), Ok(Duration::from_mins(1)));
        for bad in ["", "s", "8", "8h", "-1s", "99999999999999999999s", "11m", "18446744073709551615m"] {
            assert!(grace(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_is_scheme_host_and_port() {
        assert_eq!(base_url("http://127.0.0.1:9000/").unwrap(), "http://127.0.0.1:9000");
        for bad in
            ["graph.facebook.com", "ftp://x", "http://", "https://a:b@x", "https://x?y=1", "localhost:9000", "file:///etc/passwd"]
        {
            assert!(base_url(bad).is_err(), "{bad}");
        }
        assert!(!base_url("https://user:hunter2@x").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn placeholders_quotes_and_line_breaks_are_not_secrets_but_short_words_are() {
        for bad in ["<app secret>", "changeme", "CHANGE-ME", "your_app_secret", "xxxxxxxx", "***", "'abc'", "a b", "a\nb", "abc…"]
        {
            assert!(secret_mistake(bad).is_some(), "{bad}");
        }
        for good in ["s", "secret", "test-app-secret", "0123456789abcdef0123456789abcdef", "EAAG'x"] {
            assert_eq!(secret_mistake(good), None, "{good}");
        }
    }

    #[test]
    fn a_secret_in_the_wrong_variable_is_not_repeated() {
        let secret = "0123456789abcdef0123456789abcdef";
        for said in [port(secret).unwrap_err(), ids(secret).unwrap_err(), days(secret).unwrap_err()] {
            assert!(!said.contains("456789") && said.contains("32 characters"), "{said}");
        }
    }
}
