//! Where a webhook is, as a person writes it.

use reqwest::Url;

use crate::domain::WEBHOOK_PATH;

/// The address of a webhook; a server alone is as good as its webhook: nothing else of it takes a POST. `None` for what is no address, and for
/// one with a password, a question or a fragment, which Meta would not take either.
pub(super) fn webhook(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"))?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if url.path() == "/" {
        url.set_path(WEBHOOK_PATH);
    }
    is_bare.then_some(url)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_url_without_a_path_means_the_webhook() {
        let webhook = |text| super::webhook(text).map(|url| url.to_string());
        assert_eq!(webhook("http://127.0.0.1:8082").as_deref(), Some("http://127.0.0.1:8082/webhooks/whatsapp"));
        assert_eq!(webhook("HTTPS://BOT.example:8443/").as_deref(), Some("https://bot.example:8443/webhooks/whatsapp"));
        assert_eq!(webhook("https://bot.example/hook").as_deref(), Some("https://bot.example/hook"));
        for wrong in [
            "localhost:8082",
            "ftp://bot.example",
            "https://me:secret@bot.example",
            "https://bot.example/?a=b",
            "https://bot.example#a",
        ] {
            assert_eq!(webhook(wrong), None, "{wrong}");
        }
    }
}
