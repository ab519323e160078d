//! Secrets, read at start and, where they are in files, again: a rotation needs no deploy.

use secrecy::{ExposeSecret, SecretString};

use super::environment::Environment;
use super::problem::Problems;
use super::reader::Reader;
use super::vars::Variable;
use super::{Role, vars};

/// All secrets that a process of its role takes into memory. They do not print.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Any of them may have signed; empty where nothing is received.
    pub app_secrets: Vec<SecretString>,
    /// The word of the handshake.
    pub verify_token: Option<SecretString>,
    /// What the Graph API knows us by.
    pub access_token: Option<SecretString>,
}

/// Files that hold secrets.
#[derive(Debug)]
pub struct SecretFiles {
    role: Role,
    environment: Environment,
}

impl SecretFiles {
    /// `None` where no secret is in a file.
    pub(super) fn of(role: Role, environment: &Environment) -> Option<Self> {
        let in_file = |variable: &&Variable| variable.secret && environment.get(&format!("{}_FILE", variable.name)).is_some();
        vars::ALL.iter().any(in_file).then(|| Self { role, environment: environment.clone() })
    }

    /// Reads them again, those that are in no file as they were.
    ///
    /// # Errors
    /// What is wrong with them; the old ones stay good.
    pub fn read(&self) -> Result<Secrets, Problems> {
        let mut reader = Reader::new(&self.environment);
        let secrets = read(self.role, &self.environment, &mut reader);
        reader.finish(secrets)
    }
}

impl Secrets {
    /// Whether nothing has changed.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let texts = |secrets: &Self| -> Vec<Option<String>> {
            let one = |secret: &SecretString| Some(secret.expose_secret().to_owned());
            let tokens = [&secrets.verify_token, &secrets.access_token].map(|token| token.as_ref().and_then(one));
            secrets.app_secrets.iter().map(one).chain(tokens).collect()
        };
        texts(self) == texts(other)
    }
}

pub(super) fn read(role: Role, environment: &Environment, reader: &mut Reader) -> Secrets {
    let (app_secrets, verify_token) = match role {
        Role::Serve | Role::Receive | Role::Doctor => of_receiver(reader),
        Role::Dev | Role::Consume | Role::Operator | Role::Call | Role::Mend => (Vec::new(), None),
    };
    Secrets { app_secrets, verify_token, access_token: access_token(role, environment, reader) }
}

fn of_receiver(reader: &mut Reader) -> (Vec<SecretString>, Option<SecretString>) {
    let secrets_said = reader.problem_count();
    let app_secrets = reader.secrets(&vars::APP_SECRET);
    if app_secrets.is_empty() && reader.problem_count() == secrets_said {
        reader.missing(&vars::APP_SECRET);
    }
    let odd = |secret: &str| secret.len() != 32 || !secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    if app_secrets.iter().any(|secret| odd(secret.expose_secret())) {
        let warning = "WHATSAPP_APP_SECRET does not look like one of Meta's (32 hexadecimal digits); if deliveries get 403, look there first.";
        reader.warnings.push(warning.into());
    }
    let token_said = reader.problem_count();
    let verify_token = reader.secret(&vars::VERIFY_TOKEN);
    if verify_token.is_none() && reader.problem_count() == token_said {
        reader.missing(&vars::VERIFY_TOKEN);
    }
    (app_secrets, verify_token)
}

/// `dev` sends to its own simulated WhatsApp and a receiver sends nothing: neither takes the real token into its memory.
fn access_token(role: Role, environment: &Environment, reader: &mut Reader) -> Option<SecretString> {
    let said = reader.problem_count();
    let token = match role {
        Role::Serve | Role::Consume | Role::Call | Role::Doctor => reader.secret(&vars::ACCESS_TOKEN),
        Role::Dev | Role::Receive | Role::Operator | Role::Mend => None,
    };
    let needed = matches!(role, Role::Call | Role::Doctor) || (role == Role::Consume && environment.cloud_run().is_some());
    if token.is_none() && needed && reader.problem_count() == said {
        reader.missing(&vars::ACCESS_TOKEN);
    }
    token
}
