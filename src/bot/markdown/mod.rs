//! Markdown → what WhatsApp shows: `*bold*`, `_italic_`, `~struck~`, code, lists, quotes; headings as bold lines, links as words and
//! address, tables as lines (faq.whatsapp.com, "How to format your messages", November 2026). And literal signs that stay literal.
//!
//! | file | |
//! | --- | --- |
//! | `writer` | the events of a CommonMark parser, written one after the other |
//! | `table` | a table as lines |
//! | `literal` | signs that mean themselves |

#[cfg(test)]
mod corpus;
mod literal;
mod table;
mod writer;

use pulldown_cmark::{Options, Parser};

/// The text with WhatsApp's signs.
pub(super) fn whatsapp(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    writer::written(&Parser::new_ext(markdown, options).collect::<Vec<_>>())
}
