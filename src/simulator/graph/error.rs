//! Meta's error bodies. Titles and codes as in Meta's list of Cloud API error codes, November 2026.

use serde::Serialize;

use crate::simulator::meta_ids::fbtrace_id;

/// Why the simulated Graph API does not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Refusal {
    pub(in crate::simulator) http: u16,
    pub(in crate::simulator) code: i64,
    subcode: Option<u32>,
    kind: &'static str,
    message: String,
    details: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    code: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "error_subcode")]
    subcode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "error_data")]
    data: Option<Data<'a>>,
    fbtrace_id: String,
}

#[derive(Serialize)]
struct Data<'a> {
    messaging_product: &'a str,
    details: &'a str,
}

impl Refusal {
    /// An error of a code, with Meta's usual status for it.
    pub(in crate::simulator) fn new(code: i64, details: impl Into<String>) -> Self {
        let message = format!("(#{code}) {}", title_of(code));
        Self { http: http_of(code), code, subcode: None, kind: "OAuthException", message, details: Some(details.into()) }
    }

    /// A code that somebody asked for with a fault.
    pub(super) fn wanted(code: i64, http: Option<u16>) -> Self {
        let refusal = Self::new(code, details_of(code));
        Self { http: http.unwrap_or(refusal.http), ..refusal }
    }

    /// 100: wrong type, unknown key, too long.
    pub(super) fn parameter(details: impl Into<String>) -> Self {
        Self::new(100, details)
    }

    /// 131008: something is missing.
    pub(super) fn missing(path: &str) -> Self {
        Self::new(131_008, format!("Parameter '{path}' is mandatory and it is missing."))
    }

    /// 131009: something has a value that is not possible.
    pub(super) fn value(details: impl Into<String>) -> Self {
        Self::new(131_009, details)
    }

    /// 190: no token, another token, an expired one.
    pub(super) fn token(message: &str, subcode: Option<u32>) -> Self {
        Self { http: 401, code: 190, subcode, kind: "OAuthException", message: message.to_owned(), details: None }
    }

    /// 100, subcode 33: no such object, or not ours.
    pub(super) fn no_such_object(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not \
             support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api",
            method.to_lowercase()
        );
        Self { http: 400, code: 100, subcode: Some(33), kind: "GraphMethodException", message, details: None }
    }

    /// 2635: a version that ended, or never was.
    pub(super) fn version(version: &str) -> Self {
        let message = format!("(#2635) You are calling a deprecated version of the Ads API or Graph API: {version}. Use v25.0.");
        Self { http: 400, code: 2635, subcode: None, kind: "OAuthException", message, details: None }
    }

    /// The title, for the phone page.
    pub(in crate::simulator) fn title(&self) -> String {
        let details = self.details.as_deref().unwrap_or(&self.message);
        format!("{}: {details}", title_of(self.code))
    }

    /// Whether the app will try again by itself, so that the message may still come.
    pub(super) fn may_come_again(&self) -> bool {
        matches!(
            self.code,
            0 | 1
                | 2
                | 4
                | 190
                | 80_007
                | 130_429
                | 131_000
                | 131_016
                | 131_048
                | 131_056
                | 131_057
                | 131_064
                | 133_004
                | 134_101
                | 2_494_100
        )
    }

    /// The body as Meta writes it.
    pub(in crate::simulator) fn body(&self) -> serde_json::Value {
        let data = self.details.as_deref().map(|details| Data { messaging_product: "whatsapp", details });
        let error = Error {
            message: &self.message,
            kind: self.kind,
            code: self.code,
            subcode: self.subcode,
            data,
            fbtrace_id: fbtrace_id(),
        };
        serde_json::to_value(Body { error }).unwrap_or_default()
    }
}

fn http_of(code: i64) -> u16 {
    match code {
        190 | 0 => 401,
        3 | 10 | 200..=299 | 368 | 131_005 | 131_031 => 403,
        _ => 400,
    }
}

/// Meta's title of a code.
pub(in crate::simulator) fn title_of(code: i64) -> &'static str {
    match code {
        1 => "API Unknown",
        2 => "API Service",
        4 => "API Too Many Calls",
        0 => "AuthException",
        10 => "Permission Denied",
        100 => "Invalid parameter",
        190 => "Access token has expired",
        368 => "Temporarily blocked for policies violations",
        80_007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Account has been locked",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "Meta chose not to deliver",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        133_010 => "Phone number not registered",
        _ => "Error",
    }
}

/// What Meta adds in `error_data.details`.
pub(in crate::simulator) fn details_of(code: i64) -> &'static str {
    match code {
        131_026 => "Message undeliverable.",
        131_030 => "Recipient phone number not in allowed list: add the recipient to the list of the test number and try again.",
        131_047 => {
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
        }
        130_429 => {
            "Message failed to send because there were too many messages sent from this phone number in a short period of time."
        }
        131_056 => {
            "Message failed to send because there were too many messages sent from this phone number to the same phone number in a \
             short period of time."
        }
        _ => "The simulator was told to refuse this message with this code.",
    }
}
