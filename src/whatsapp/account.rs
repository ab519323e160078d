//! A WhatsApp Business Account at Meta: whose webhooks come to this app
//! (developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps, November 2026).

use super::call::CallFailure;
use super::graph::Graph;
use crate::domain::WabaId;

impl Graph {
    /// Subscribes the app of the access token to the account. To do it again changes nothing.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn subscribe(&self, account: &WabaId) -> Result<(), CallFailure> {
        let (base, version) = self.place();
        let url = format!("{base}/{version}/{account}/subscribed_apps");
        self.call(|client| client.post(url)).await?;
        Ok(())
    }
}
