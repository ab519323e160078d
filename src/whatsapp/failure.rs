//! What each error code of Meta means for us. The code decides, never the title (Meta's error reference, November 2026).

/// What to do about an error that Meta answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Meta has a hiccup: later again.
    Transient,
    /// Meta maintains the account for some minutes: later again, but not at once.
    Maintenance,
    /// Too many from this number: slow it down, later again.
    ThrottledNumber,
    /// Too many to this person: only they wait.
    ThrottledPerson,
    /// The access token is not valid: nothing is sent until it changes; nothing is lost.
    Credentials,
    /// The token may not do this.
    Permission,
    /// The account is restricted or has no means of payment.
    Account,
    /// Meta restricts the number because people mark its messages as spam: it is paused; nothing is lost.
    Restricted,
    /// More than 24 h since the person wrote: only a template may be sent.
    WindowClosed,
    /// This person cannot receive it.
    Recipient,
    /// This person does not want it.
    Consent,
    /// The message itself is wrong.
    Content,
    /// A medium of the person could not be fetched.
    MediaIn,
    /// The number is not registered.
    Registration,
    /// A code that this version does not know: Meta refused it.
    Other,
}

impl Class {
    /// The word for it in logs and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Maintenance => "maintenance",
            Self::ThrottledNumber => "throttled_number",
            Self::ThrottledPerson => "throttled_person",
            Self::Credentials => "credentials",
            Self::Permission => "permission",
            Self::Account => "account",
            Self::Restricted => "restricted",
            Self::WindowClosed => "window_closed",
            Self::Recipient => "recipient",
            Self::Consent => "consent",
            Self::Content => "content",
            Self::MediaIn => "media_in",
            Self::Registration => "registration",
            Self::Other => "other",
        }
    }

    /// True when the message was certainly not sent and may be sent later.
    #[must_use]
    pub fn may_be_sent_later(self) -> bool {
        match self {
            Self::Transient
            | Self::Maintenance
            | Self::ThrottledNumber
            | Self::ThrottledPerson
            | Self::Credentials
            | Self::Restricted => true,
            Self::Permission
            | Self::Account
            | Self::WindowClosed
            | Self::Recipient
            | Self::Consent
            | Self::Content
            | Self::MediaIn
            | Self::Registration
            | Self::Other => false,
        }
    }

    /// What a person should do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Transient | Self::Maintenance | Self::ThrottledNumber | Self::ThrottledPerson => "it is sent again by itself",
            Self::Credentials => "set a valid WHATSAPP_ACCESS_TOKEN: what waits is sent then",
            Self::Permission => "give the system user whatsapp_business_messaging on this account",
            Self::Account => "look at the account's status and payment method in WhatsApp Manager",
            Self::Restricted => {
                "send only what people asked for; WhatsApp Manager shows the number's quality. What waits is sent once Meta lets it"
            }
            Self::WindowClosed => "only a template may be sent until the person writes again",
            Self::Recipient => {
                "the person cannot receive it; a test number sends only to the people on its list (API Setup → To)"
            }
            Self::Consent => "the person does not want such messages",
            Self::Content => "mend the message: the log names the code, Meta's reference the field",
            Self::MediaIn => "ask the person to send it again",
            Self::Registration => "register the number in WhatsApp Manager",
            Self::Other => "look the code up in Meta's error reference",
        }
    }
}

/// The class of a code that came with a 4xx status and a Graph body, or in a failed status.
#[must_use]
pub fn class(code: i64) -> Class {
    match code {
        1 | 2 | 131_000 | 131_016 | 133_004 | 2_494_100 | 134_101 => Class::Transient,
        131_057 => Class::Maintenance,
        4 | 80_007 | 130_429 => Class::ThrottledNumber,
        131_056 => Class::ThrottledPerson,
        0 | 190 => Class::Credentials,
        3 | 10 | 200..=299 | 131_005 => Class::Permission,
        368 | 131_031 | 131_042 | 131_037 | 130_497 => Class::Account,
        131_048 | 131_064 => Class::Restricted,
        131_047 => Class::WindowClosed,
        131_026 | 131_030 | 131_021 | 130_403 | 130_472 => Class::Recipient,
        131_050 | 131_049 => Class::Consent,
        100 | 131_008 | 131_009 | 135_000 | 131_051 | 131_053 | 132_000 | 132_001 | 132_005 | 132_007 | 132_012 | 132_015
        | 132_016 | 132_018 | 131_062 => Class::Content,
        131_052 => Class::MediaIn,
        133_000..=133_016 => Class::Registration,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code of Meta's reference that means something to us, November 2026.
    const TABLE: &[(Class, &[i64])] = &[
        (Class::Transient, &[1, 2, 131_000, 131_016, 133_004, 2_494_100, 134_101]),
        (Class::Maintenance, &[131_057]),
        (Class::ThrottledNumber, &[4, 80_007, 130_429]),
        (Class::ThrottledPerson, &[131_056]),
        (Class::Credentials, &[0, 190]),
        (Class::Permission, &[3, 10, 200, 201, 250, 299, 131_005]),
        (Class::Account, &[368, 131_031, 131_042, 131_037, 130_497]),
        (Class::Restricted, &[131_048, 131_064]),
        (Class::WindowClosed, &[131_047]),
        (Class::Recipient, &[131_026, 131_030, 131_021, 130_403, 130_472]),
        (Class::Consent, &[131_050, 131_049]),
        (
            Class::Content,
            &[
                100, 131_008, 131_009, 135_000, 131_051, 131_053, 132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016,
                132_018, 131_062,
            ],
        ),
        (Class::MediaIn, &[131_052]),
        (
            Class::Registration,
            &[
                133_000, 133_001, 133_002, 133_003, 133_005, 133_006, 133_007, 133_008, 133_009, 133_010, 133_011, 133_012,
                133_013, 133_014, 133_015, 133_016,
            ],
        ),
        (Class::Other, &[-1, 5, 199, 300, 131_001, 132_999, 133_017, 999_999]),
    ];

    #[test]
    fn every_code_has_its_class() {
        for (expected, codes) in TABLE {
            for code in *codes {
                assert_eq!(class(*code), *expected, "{code}");
            }
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_sent_later() {
        let later = [
            Class::Transient,
            Class::Maintenance,
            Class::ThrottledNumber,
            Class::ThrottledPerson,
            Class::Credentials,
            Class::Restricted,
        ];
        for (class, _) in TABLE {
            assert_eq!(class.may_be_sent_later(), later.contains(class), "{class:?}");
        }
    }
}
