//! The events of a CommonMark parser, written with WhatsApp's signs. No sign spans a line: WhatsApp would show it as it is.

use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::literal::{marked, settled};
use super::table::Table;

/// The events as text.
pub(super) fn written(events: &[Event<'_>]) -> String {
    let mut writer = Writer::default();
    for (at, event) in events.iter().enumerate() {
        writer.event(event, events.get(at + 1));
    }
    settled(writer.out.trim())
}

#[derive(Default)]
struct Writer {
    out: String,
    /// How many line ends stand before whatever comes next.
    wanted: usize,
    /// What each line begins with.
    frames: Vec<Frame>,
    /// The number of the next entry of each open list; `None`: dashes.
    lists: Vec<Option<u64>>,
    /// Open signs, and where each stands.
    signs: Vec<(char, usize)>,
    /// Where the words of each open link begin, and where it leads.
    links: Vec<(usize, String)>,
    in_heading: bool,
    /// Nothing has come since a heading: what follows belongs to it.
    after_heading: bool,
    in_code: bool,
    table: Option<Table>,
    /// What was written before the cell that is open.
    outside: String,
}

enum Frame {
    Quote,
    /// The sign of an entry, until its first line is written.
    Entry(Option<String>),
}

impl Writer {
    fn event(&mut self, event: &Event<'_>, next: Option<&Event<'_>>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag, next),
            Event::Text(text) if self.in_code => self.code_lines(text),
            Event::Text(text) => self.words(text),
            Event::Code(code) => self.raw(&format!("`{}`", code.replace('`', "\u{02cb}"))),
            Event::InlineHtml(html) if html.starts_with("<br") => self.line_end(),
            Event::Html(text) | Event::InlineHtml(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.words(text.trim_end());
            }
            Event::SoftBreak | Event::HardBreak => self.line_end(),
            Event::Rule => {
                self.block();
                self.raw("———");
                self.block();
            }
            Event::TaskListMarker(done) => self.raw(if *done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(name) => self.words(&format!("[{name}]")),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.after_heading = false;
                self.block();
                self.in_heading = true;
                self.open('*');
            }
            Tag::BlockQuote(_) => {
                self.block();
                self.frames.push(Frame::Quote);
            }
            Tag::CodeBlock(kind) => self.begin_code(kind),
            Tag::List(first) => {
                self.block();
                self.lists.push(*first);
            }
            Tag::Item => self.entry(),
            Tag::Emphasis => self.open('_'),
            Tag::Strong if self.in_heading => {}
            Tag::Strong => self.open('*'),
            Tag::Strikethrough => self.open('~'),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.begin();
                self.links.push((self.out.len(), dest_url.to_string()));
            }
            Tag::Table(_) => {
                self.block();
                self.table = Some(Table { wanted: self.wanted, ..Table::default() });
            }
            Tag::TableRow => self.table.iter_mut().for_each(|table| table.rows.push(Vec::new())),
            Tag::TableCell => self.outside = std::mem::take(&mut self.out),
            Tag::Paragraph | Tag::HtmlBlock => self.paragraph(),
            Tag::TableHead
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd, next: Option<&Event<'_>>) {
        match tag {
            TagEnd::Heading(_) => {
                self.close(next);
                self.in_heading = false;
                self.after_heading = true;
                self.block();
            }
            TagEnd::BlockQuote(_) => {
                self.frames.pop();
                self.block();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.wanted = self.wanted.max(if self.lists.is_empty() { 2 } else { 1 });
            }
            TagEnd::Item => {
                self.frames.pop();
                self.wanted = self.wanted.max(1);
            }
            TagEnd::Strong if self.in_heading => {}
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.close(next),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Table => self.end_table(),
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.block(),
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// An empty line before what comes next; in a list and under a heading only a new line.
    fn block(&mut self) {
        let is_close = self.after_heading || !self.lists.is_empty();
        self.wanted = self.wanted.max(if is_close { 1 } else { 2 });
    }

    fn paragraph(&mut self) {
        let opens_an_entry = matches!(self.frames.last(), Some(Frame::Entry(Some(_))));
        if !opens_an_entry {
            self.block();
        }
    }

    fn entry(&mut self) {
        let sign = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            Some(None) | None => "- ".to_owned(),
        };
        self.wanted = self.wanted.max(1);
        self.frames.push(Frame::Entry(Some(sign)));
    }

    /// Line ends that are wanted, and what the new line begins with.
    fn begin(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        self.after_heading = false;
        let is_first = self.out.is_empty();
        let has_sign = matches!(self.frames.last(), Some(Frame::Entry(Some(_))));
        if is_first || wanted > 0 || has_sign {
            if !is_first {
                let quote = if self.frames.iter().any(|frame| matches!(frame, Frame::Quote)) { ">" } else { "" };
                for blank in 1..=wanted.max(1) {
                    self.out.push('\n');
                    if blank < wanted && self.out.rsplit('\n').nth(1).is_some_and(|line| line.starts_with('>')) {
                        self.out.push_str(quote);
                    }
                }
            }
            self.line_begin();
        }
    }

    fn line_begin(&mut self) {
        for frame in &mut self.frames {
            match frame {
                Frame::Quote => self.out.push_str("> "),
                Frame::Entry(sign) => match sign.take() {
                    Some(sign) => self.out.push_str(&sign),
                    None => self.out.push_str("  "),
                },
            }
        }
    }

    /// A sign begins after the line it is on.
    fn open(&mut self, sign: char) {
        self.begin();
        self.signs.push((sign, self.out.len()));
        self.out.push(sign);
    }

    /// Inside a word WhatsApp shows signs as they are: there they are left out.
    fn close(&mut self, next: Option<&Event<'_>>) {
        let Some((sign, at)) = self.signs.pop() else { return };
        let glued_before = self.out[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let glued_after = matches!(next, Some(Event::Text(text)) if text.starts_with(char::is_alphanumeric));
        let nothing_inside = self.out.len() == at + 1;
        if sign == '_' && (glued_before || glued_after) {
            // As in 2*3*4.
            let star = marked("*");
            self.out.replace_range(at..=at, &star);
            self.out.push_str(&star);
        } else if glued_before || glued_after || nothing_inside {
            self.out.remove(at);
        } else {
            self.out.push(sign);
        }
    }

    /// Signs end with the line and begin again on the next.
    fn line_end(&mut self) {
        let open: Vec<char> = self.signs.iter().map(|(sign, _)| *sign).collect();
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.extend(open.iter().rev());
        self.out.push('\n');
        self.line_begin();
        for (place, sign) in open.into_iter().enumerate() {
            self.signs[place].1 = self.out.len();
            self.out.push(sign);
        }
    }

    /// Words that mean themselves.
    fn words(&mut self, text: &str) {
        self.begin();
        let mut lines = text.lines();
        self.out.push_str(&marked(lines.next().unwrap_or_default()));
        for line in lines {
            self.line_end();
            self.out.push_str(&marked(line));
        }
    }

    fn raw(&mut self, text: &str) {
        self.begin();
        self.out.push_str(text);
    }

    fn begin_code(&mut self, kind: &CodeBlockKind<'_>) {
        self.block();
        // WhatsApp would show the name of the language.
        let (CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) = kind;
        self.raw("```");
        self.in_code = true;
    }

    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            self.out.push('\n');
            self.line_begin();
            self.out.push_str(&line.replace("```", "\u{02cb}\u{02cb}\u{02cb}"));
        }
    }

    fn end_code(&mut self) {
        self.in_code = false;
        self.out.push('\n');
        self.line_begin();
        self.out.push_str("```");
        self.block();
    }

    /// `words (address)`; the address alone where the words say nothing more.
    fn end_link(&mut self) {
        let Some((at, address)) = self.links.pop() else { return };
        let words = self.out[at..].to_owned();
        if words.is_empty() || settled(&words) == address {
            self.out.truncate(at);
            self.out.push_str(&address);
        } else if !address.is_empty() {
            let _ = write!(self.out, " ({address})");
        }
    }

    fn end_cell(&mut self) {
        let cell = std::mem::replace(&mut self.out, std::mem::take(&mut self.outside)).trim().to_owned();
        self.wanted = 0;
        if let Some(table) = &mut self.table {
            table.rows.last_mut().unwrap_or(&mut table.head).push(cell);
        }
    }

    fn end_table(&mut self) {
        if let Some(table) = self.table.take() {
            self.wanted = table.wanted;
            for line in table.lines() {
                self.raw(&line);
                self.wanted = 1;
            }
        }
        self.block();
    }
}
