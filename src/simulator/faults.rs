//! What goes wrong on purpose: each fault strikes so many times, for all or for one person or number.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::graph::{Facts, FactsFault};

/// The faults that are on, oldest first: the oldest that fits strikes.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    next: u32,
}

/// As `GET /simulator/faults` shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    #[serde(rename = "fault")]
    pub(super) id: String,
    on: On,
    #[serde(rename = "do")]
    what: Value,
    times: Option<u32>,
    left: Option<u32>,
    person: Option<String>,
    number: Option<String>,
    #[serde(skip)]
    strike: Strike,
}

/// As `POST /simulator/faults` takes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFault {
    on: On,
    #[serde(rename = "do")]
    what: Value,
    /// Absent: once. `null`: until it is deleted.
    #[serde(default = "once")]
    times: Option<u32>,
    pub(super) person: Option<String>,
    pub(super) number: Option<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde's default has the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum On {
    Send,
    Upload,
    Download,
    Webhook,
    Status,
    Token,
    Facts,
}

#[derive(Debug, Clone)]
enum Strike {
    Send(SendFault),
    Webhook(WebhookFault),
    Status(StatusFault),
    TokenExpired,
    Facts(FactsFault),
}

/// What a `POST …/messages` meets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SendFault {
    /// No answer within any client's patience; not accepted.
    Hang,
    /// Accepted and delivered, but the connection breaks before the answer.
    AcceptThenReset,
    /// The connection breaks and nothing is accepted.
    RefuseConnection,
    /// Accepted at once, answered so many milliseconds later.
    SlowMs(u64),
    /// A Graph error.
    #[serde(untagged)]
    Error(GraphFault),
    /// A status without meaning.
    #[serde(untagged)]
    Http(HttpFault),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GraphFault {
    pub(super) error: i64,
    pub(super) http: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpFault {
    pub(super) http: u16,
    #[serde(default)]
    pub(super) body: FaultBody,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultBody {
    /// A page for people, as a proxy sends it.
    Html,
    /// A Graph error of code 2.
    #[default]
    Graph,
    /// Nothing.
    Empty,
}

/// What the webhook of a person's message meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WebhookFault {
    Twice,
    /// Held back until the next one has gone.
    Reorder,
    /// Every attempt at short intervals, until 200.
    #[serde(rename = "redeliver_until_200")]
    RedeliverUntil200,
    Unsigned,
    WrongSecret,
    ForeignWaba,
    ForeignNumber,
    /// Collected until there are so many, or for a moment.
    Batch(u32),
    Drop,
}

/// What the statuses of a message of ours meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusFault {
    SkipDelivered,
    Reversed,
    None,
    Failed(i64),
}

impl Faults {
    /// Switches a fault on; an error says what can be done instead.
    pub(super) fn add(&mut self, new: NewFault) -> Result<&Fault, String> {
        let strike = Strike::parse(new.on, &new.what)?;
        if new.times == Some(0) {
            return Err("\"times\" is 0: give a number from 1, or null for until it is deleted.".into());
        }
        self.next += 1;
        let id = format!("f{}", self.next);
        let (times, person, number) = (new.times, new.person, new.number);
        self.list.push(Fault { id, on: new.on, what: new.what, times, left: times, person, number, strike });
        Ok(&self.list[self.list.len() - 1])
    }

    pub(super) fn all(&self) -> &[Fault] {
        &self.list
    }

    /// False when there is no such fault.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|fault| fault.id != id);
        self.list.len() < before
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    pub(super) fn send(&mut self, person: &str, number: &str) -> Option<SendFault> {
        self.take(Some(person), number, |strike| if let Strike::Send(fault) = strike { Some(fault.clone()) } else { None })
    }

    pub(super) fn webhook(&mut self, person: &str, number: &str) -> Option<WebhookFault> {
        self.take(Some(person), number, |strike| if let Strike::Webhook(fault) = strike { Some(*fault) } else { None })
    }

    pub(super) fn status(&mut self, person: &str, number: &str) -> Option<StatusFault> {
        self.take(Some(person), number, |strike| if let Strike::Status(fault) = strike { Some(*fault) } else { None })
    }

    pub(super) fn facts(&mut self, of: Facts) -> Option<FactsFault> {
        self.take(
            None,
            "",
            |strike| if let Strike::Facts(fault) = strike { (fault.of == of).then(|| fault.clone()) } else { None },
        )
    }

    /// Whether the token is expired for this call. Only sends use the fault up: it would be gone with the read receipt before them.
    pub(super) fn token(&mut self, number: &str, is_send: bool) -> bool {
        let expired = |strike: &Strike| matches!(strike, Strike::TokenExpired).then_some(());
        if is_send {
            return self.take(None, number, expired).is_some();
        }
        self.list
            .iter()
            .any(|fault| expired(&fault.strike).is_some() && fault.number.as_deref().is_none_or(|only| only == number))
    }

    fn take<F>(&mut self, person: Option<&str>, number: &str, wanted: impl Fn(&Strike) -> Option<F>) -> Option<F> {
        let fits = |fault: &Fault| {
            let same_person = fault.person.as_deref().is_none_or(|only| Some(only) == person);
            same_person && fault.number.as_deref().is_none_or(|only| only == number)
        };
        let index = self.list.iter().position(|fault| fits(fault) && wanted(&fault.strike).is_some())?;
        let fault = &mut self.list[index];
        let found = wanted(&fault.strike);
        if let Some(left) = &mut fault.left {
            *left -= 1;
            if *left == 0 {
                self.list.remove(index);
            }
        }
        found
    }
}

impl Strike {
    fn parse(on: On, what: &Value) -> Result<Self, String> {
        let wrong = |choices: &str| format!("\"do\" is not known for this \"on\". Write one of: {choices}.");
        match on {
            On::Send => {
                let fault: SendFault = serde::Deserialize::deserialize(what).map_err(|_| wrong(SEND))?;
                fault.check().map(Self::Send)
            }
            On::Webhook => {
                let fault: WebhookFault = serde::Deserialize::deserialize(what).map_err(|_| wrong(WEBHOOK))?;
                match fault {
                    WebhookFault::Batch(size) if !(2..=1000).contains(&size) => Err("\"batch\" takes 2 to 1000 updates.".into()),
                    WebhookFault::Batch(_)
                    | WebhookFault::Twice
                    | WebhookFault::Reorder
                    | WebhookFault::RedeliverUntil200
                    | WebhookFault::Unsigned
                    | WebhookFault::WrongSecret
                    | WebhookFault::ForeignWaba
                    | WebhookFault::ForeignNumber
                    | WebhookFault::Drop => Ok(Self::Webhook(fault)),
                }
            }
            On::Status => serde::Deserialize::deserialize(what).map(Self::Status).map_err(|_| wrong(STATUS)),
            On::Token if what == "expired" => Ok(Self::TokenExpired),
            On::Token => Err(wrong("\"expired\"")),
            On::Facts => {
                let fault: FactsFault = serde::Deserialize::deserialize(what).map_err(|_| wrong(FACTS))?;
                let told = [fault.patch.is_some(), fault.gone, fault.error.is_some()];
                if told.into_iter().filter(|told| *told).count() == 1 { Ok(Self::Facts(fault)) } else { Err(wrong(FACTS)) }
            }
            On::Upload | On::Download => {
                Err("the simulator neither takes nor gives media yet: use \"send\", \"webhook\", \"status\" or \"token\".".into())
            }
        }
    }
}

impl SendFault {
    fn check(self) -> Result<Self, String> {
        let http = match &self {
            Self::Error(fault) => fault.http,
            Self::Http(fault) => Some(fault.http),
            Self::Hang | Self::AcceptThenReset | Self::RefuseConnection | Self::SlowMs(_) => None,
        };
        match http {
            Some(status) if !(400..=599).contains(&status) => Err("\"http\" takes a status from 400 to 599.".into()),
            _ => Ok(self),
        }
    }
}

const SEND: &str = "{\"error\":131047,\"http\":400}, {\"http\":503,\"body\":\"html\"|\"graph\"|\"empty\"}, \"hang\", \
                    \"accept_then_reset\", \"refuse_connection\", {\"slow_ms\":3000}";
const WEBHOOK: &str = "\"twice\", \"reorder\", \"redeliver_until_200\", \"unsigned\", \"wrong_secret\", \"foreign_waba\", \
                       \"foreign_number\", {\"batch\":50}, \"drop\"";
const STATUS: &str = "\"skip_delivered\", \"reversed\", \"none\", {\"failed\":131026}";

const FACTS: &str = "{\"of\":\"token\",\"patch\":{\"is_valid\":false}}, {\"of\":\"subscribed_apps\",\"gone\":true}, \
                     {\"of\":\"app|subscriptions|account|numbers\",\"error\":190}";

#[cfg(test)]
mod tests {
    use super::*;

    fn new(json: &str) -> Result<NewFault, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn every_documented_fault_is_understood() {
        let mut faults = Faults::default();
        for (on, what) in [("send", SEND), ("webhook", WEBHOOK), ("status", STATUS), ("token", "\"expired\""), ("facts", FACTS)] {
            for one in what
                .replace("\"html\"|\"graph\"|\"empty\"", "\"html\"")
                .replace("app|subscriptions|", "")
                .replace("account|numbers", "numbers")
                .split(", ")
            {
                let fault = new(&format!("{{\"on\":\"{on}\",\"do\":{one}}}")).unwrap();
                faults.add(fault).unwrap_or_else(|why| panic!("{on} {one}: {why}"));
            }
        }
    }

    #[test]
    fn a_fault_strikes_as_often_as_told_and_only_whom_it_names() {
        let mut faults = Faults::default();
        faults.add(new(r#"{"on":"send","do":"hang","times":2,"person":"p1"}"#).unwrap()).unwrap();
        assert_eq!(faults.send("p2", "shop"), None);
        assert_eq!(faults.send("p1", "shop"), Some(SendFault::Hang));
        assert_eq!(faults.send("p1", "shop"), Some(SendFault::Hang));
        assert_eq!(faults.send("p1", "shop"), None);
    }

    #[test]
    fn null_means_until_deleted() {
        let mut faults = Faults::default();
        faults.add(new(r#"{"on":"status","do":"none","times":null}"#).unwrap()).unwrap();
        assert!((0..9).all(|_| faults.status("p1", "shop") == Some(StatusFault::None)));
        assert!(faults.remove("f1"));
        assert_eq!(faults.status("p1", "shop"), None);
    }
}
