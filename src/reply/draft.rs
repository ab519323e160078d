//! Turns what the bot says into the bytes that will be sent.

use super::decide::Plan;
use crate::domain::{Content, InboundId, Recipient, Wamid};
use crate::store::Draft;
use crate::whatsapp::message;

/// The drafts of a plan, in order; none when there is nothing to say or nobody to say it to.
pub(super) fn drafts(plan: &Plan) -> Vec<Draft> {
    let Some(to) = recipient(plan) else {
        tracing::error!(route = plan.decision.route, "there is nobody to answer: no message of the turn names its sender");
        return Vec::new();
    };
    let quotes = plan.mailbox.messages.last().map(|last| &last.wamid).filter(|_| plan.decision.quote);
    plan.decision.contents.iter().filter_map(|content| draft(content, &to, quotes, plan)).collect()
}

/// Whoever wrote last, by the ids of that message: a number may have a new owner, and what is known of the contact may be older.
fn recipient(plan: &Plan) -> Option<Recipient> {
    let newest = plan.mailbox.messages.last().and_then(|message| message.person.recipient());
    newest.or_else(|| plan.mailbox.person.recipient())
}

fn draft(content: &Content, to: &Recipient, quotes: Option<&Wamid>, plan: &Plan) -> Option<Draft> {
    let body = message::request(content, to, quotes).ok()?;
    Some(Draft { kind: content.kind().to_owned(), route: plan.decision.route.clone(), body })
}

/// The messages that the plan answers, in order.
pub(super) fn members(plan: &Plan) -> Vec<InboundId> {
    plan.mailbox.messages.iter().map(|message| message.id.clone()).collect()
}
