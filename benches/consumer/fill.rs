//! Fills a store: one exchange is made for real, and its rows are copied under other ids.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use wabridge::embedded::FILE;

use crate::common::deliveries::scattered;
use crate::far_end::FarEnd;
use crate::people::{each_says, words};
use crate::service;

/// Exchanges of one person.
const OF_ONE: u64 = 10;
/// Copies in one transaction.
const AT_ONCE: u64 = 20_000;
/// Tables of which each exchange has a row, and those of which each person has one.
const EXCHANGE: [&str; 3] = ["deliveries", "inbound", "outbound"];
const PERSON: [&str; 3] = ["conversations", "contacts", "aliases"];

/// Makes a store that holds so many messages, half of them in and half of them out.
pub(crate) fn folder(folder: &Path, far_end: &FarEnd, messages: u64) -> Result<()> {
    let first = each_says(1, "fill");
    let serve = service::start("serve", folder, far_end)?;
    service::deliver(serve.port, &first)?;
    far_end.until_heard(&words(&first))?;
    service::until_at_rest(folder)?;
    drop(serve);
    copy(&Connection::open(folder.join(FILE))?, messages / 2 - 1)
}

fn copy(connection: &Connection, exchanges: u64) -> Result<()> {
    // What breaks off here is thrown away.
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
    let of_exchange = rows(connection, &EXCHANGE)?;
    let of_person = rows(connection, &PERSON)?;
    let word = |table, column| one_word(connection, table, column);
    let per_person = [word("conversations", "id")?, word("contacts", "id")?, "15550000000".to_owned()];
    let wamid = "json_extract(doc, '$.message.wamid')";
    let per_exchange = [
        word("deliveries", "id")?,
        word("inbound", "id")?,
        word("outbound", "id")?,
        word("outbound", "turn")?,
        word("outbound", "wamid")?,
        word("inbound", wamid)?,
    ];
    for begin in (0..exchanges).step_by(usize::try_from(AT_ONCE)?) {
        connection.execute_batch("BEGIN")?;
        for n in begin..(begin + AT_ONCE).min(exchanges) {
            // Person 0 is the one of the real exchange.
            let person = renamed(&per_person, 1 + n / OF_ONE, 1_000_000);
            let exchange: Vec<_> = renamed(&per_exchange, n, 0).into_iter().chain(person.clone()).collect();
            insert(connection, &of_exchange, &exchange)?;
            if n % OF_ONE == 0 {
                insert(connection, &of_person, &person)?;
            }
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?)
}

/// A statement that inserts a row, and the row.
struct Row {
    insert: String,
    values: Vec<Value>,
}

fn rows(connection: &Connection, tables: &[&str]) -> Result<Vec<Row>> {
    let row = |table: &&str| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let count = statement.column_count();
        let values = statement.query_row([], |row| (0..count).map(|n| row.get(n)).collect())?;
        let marks: Vec<_> = (1..=count).map(|n| format!("?{n}")).collect();
        Ok(Row { insert: format!("INSERT INTO {table} VALUES ({})", marks.join(", ")), values })
    };
    tables.iter().map(row).collect()
}

fn one_word(connection: &Connection, table: &str, column: &str) -> Result<String> {
    let found = connection.query_row(&format!("SELECT {column} FROM {table}"), [], |row| row.get(0));
    found.with_context(|| format!("no {column} of {table}"))
}

/// Each word with the word that stands for it in copy `n`: as long, alike up to the last mark, and as scattered as a hash.
fn renamed(words: &[String], n: u64, phones: u64) -> Vec<(String, String)> {
    let other = |word: &String| {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return format!("1555{:07}", phones + n);
        }
        let kept = word.rfind(['_', '.']).map_or(0, |mark| mark + 1);
        let (high, low) = (scattered(n), scattered(n ^ 0xaaaa_aaaa_aaaa_aaaa));
        let digits = format!("{high:016x}{low:016x}{n:032x}");
        format!("{}{}", &word[..kept], digits.chars().cycle().take(word.len() - kept).collect::<String>())
    };
    words.iter().map(|word| (word.clone(), other(word))).collect()
}

fn insert(connection: &Connection, rows: &[Row], names: &[(String, String)]) -> Result<()> {
    for Row { insert, values } in rows {
        let values = values.iter().map(|value| match value {
            Value::Text(text) => Value::Text(names.iter().fold(text.clone(), |text, (old, new)| text.replace(old, new))),
            Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => value.clone(),
        });
        connection.prepare_cached(insert)?.execute(params_from_iter(values))?;
    }
    Ok(())
}
