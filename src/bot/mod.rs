//! `bot.yaml` → what to say, and why.
//!
//! | step | file | does |
//! | --- | --- | --- |
//! | 1 | `parse` | text → `grammar`, or the first mistake of form |
//! | 2 | `check` | `grammar` → [`Bot`] (`condition`, `conversation`, `access`, `text`), or all mistakes of meaning |
//! | 3 | `decide` | a turn → [`Decision`]: `access`, then `matching` route by route, then `answer` with `values` |
//! | – | `reload` | [`Bots`]: the newest version of the file that is right |

mod access;
mod answer;
mod check;
mod checked;
mod condition;
mod conversation;
mod decide;
mod fold;
mod grammar;
mod hours;
mod markdown;
mod matching;
mod parse;
mod reload;
mod report;
mod sample;
mod split;
mod status;
mod text;
mod values;
mod vocabulary;

pub use checked::{Bot, SAMPLE};
pub use conversation::Conversation;
pub use decide::{Decision, TurnView};
pub use grammar::{MarkRead, OnUnknown};
pub use reload::{BotSource, Bots, read_file};
pub use status::{BotStatus, Problem};
