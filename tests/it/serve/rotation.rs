//! Secrets in files are rotated while the service runs: no delivery is refused, and messages go out with the new token.

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, words};
use super::process::Serve;
use super::until;
use crate::webhook::service::{SECRET, sign};

const NEW_SECRET: &str = "fedcba9876543210fedcba9876543210";

#[actix_web::test]
async fn two_secrets_are_good_while_the_app_secret_is_rotated_and_the_new_token_is_used() {
    let far_end = FarEnd::start();
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(file(name), text).unwrap();
    write("secret", SECRET);
    write("token", "the-first-token");
    let named = |name: &str| file(name).to_str().unwrap().to_owned();
    let variables = vec![
        ("WHATSAPP_APP_SECRET", String::new()),
        ("WHATSAPP_APP_SECRET_FILE", named("secret")),
        ("WHATSAPP_ACCESS_TOKEN", String::new()),
        ("WHATSAPP_ACCESS_TOKEN_FILE", named("token")),
    ];
    let serve = Serve::start_with(&far_end, "0s", variables);
    let meta = Meta::of(&serve);
    let words = words("rotated", 4);
    let by = async |word: usize, secret: &str| {
        let body = &bodies(&words)[word];
        meta.signed(body, &sign(secret, body.as_bytes())).await.status
    };
    assert_eq!((by(0, SECRET).await, by(1, NEW_SECRET).await), (200, 403));
    far_end.until_accepted(1).await;

    // The operator adds the secret that Meta will use, and replaces the token; both at once.
    write("secret", &format!("{SECRET},{NEW_SECRET}"));
    write("token", "the-second-token");
    until("the new secret", async || by(1, NEW_SECRET).await == 200).await;
    assert_eq!(by(2, SECRET).await, 200, "whatever Meta signed before is good");
    far_end.until_accepted(3).await;
    // A file that is half written, or broken, changes nothing.
    write("secret", "");
    until("the mistake is told", async || serve.logged("the old ones stay in use")).await;
    assert_eq!(by(3, NEW_SECRET).await, 200);
    far_end.until_accepted(4).await;
    assert_eq!(far_end.tokens(), ["the-first-token", "the-second-token"]);
    assert!(!serve.logged("the-second-token") && !serve.logged(NEW_SECRET));
}
