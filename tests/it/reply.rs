//! A message comes in, one reply goes out: what the far end received, and what the store holds.

mod clock;
mod faults;
pub(crate) mod privacy;
mod restarts;
mod shown;
mod turns;

/// Answers at once, so that tests need not wait for a debounce.
pub(crate) const BOT: &str = r#"version: 1
conversation: { debounce: 0s }
routes:
  - name: menu
    when: { equals: menu }
    reply:
      buttons:
        body: What shall it be?
        buttons: [{ id: tea, title: Tea }, { id: coffee, title: Coffee }]
  - name: two
    when: { equals: two }
    reply: [First, Second]
  - name: quiet
    when: { equals: quiet }
    reply: silence
  - name: tapped
    when: { choice: [tea, coffee] }
    reply: "{{ message.text }} it is"
  - reply: "You said {{ message.text }}"
"#;
