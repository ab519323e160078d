//! The engine under the embedded backends: what it answered is on the disk, and a job that failed was never there.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

use wabridge::domain::DeliveryId;
use wabridge::embedded::{Engine, EngineError};
use wabridge::store::{DeliveryState, RawDelivery};

use crate::backends::Backend;
use crate::chat::noon;

promises_of_embedded!(sixty_four_writers_at_once_are_all_durable);

async fn sixty_four_writers_at_once_are_all_durable(on: Backend) {
    let writers = (0..64_u32).map(|n| {
        let store = on.store.clone();
        let raw = RawDelivery {
            id: DeliveryId::new(format!("{n:064x}")),
            body: vec![0; 1000 * n as usize].into(),
            signature: String::new(),
            received_at: noon(),
            state: DeliveryState::Accepted,
            quarantined_changes: Vec::new(),
            events: n,
            reason: String::new(),
        };
        tokio::spawn(async move { store.stage(raw).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    let found = on.reopened().store.deliveries(None, 100).await.unwrap();
    assert_eq!(found.iter().map(|delivery| delivery.events).sum::<u32>(), (0..64).sum::<u32>());
    assert_eq!(found.len(), 64);
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, data BLOB)";

async fn insert(engine: Engine, n: u32, bytes: u32) -> Result<(), EngineError> {
    let statement = "INSERT INTO t (n, data) VALUES (?1, zeroblob(?2))";
    engine.write(move |connection| Ok(connection.execute(statement, rusqlite::params![n, bytes]).map(drop)?)).await
}

async fn stored(engine: &Engine) -> Vec<u32> {
    let rows = engine.read(|connection| {
        let mut statement = connection.prepare("SELECT n FROM t ORDER BY n")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.map(|row| row.map_err(EngineError::from)).collect()
    });
    rows.await.unwrap()
}

/// Keeps the writer busy until the sender is used: what is asked for meanwhile becomes one group.
async fn closed_gate(engine: &Engine) -> mpsc::Sender<()> {
    let (open, gate) = mpsc::channel::<()>();
    let engine = engine.clone();
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let waits = move |_: &rusqlite::Connection| {
        taken.send(()).expect("the test waits for it");
        Ok(gate.recv().is_ok())
    };
    tokio::spawn(async move { engine.write(waits).await });
    // The writer has it, alone: what comes now cannot join its group.
    is_taken.await.expect("the writer took it");
    open
}

#[tokio::test]
async fn a_failing_job_leaves_no_trace_and_does_not_hurt_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("e.db"), &[TABLE]).unwrap();
    let gate = closed_gate(&engine).await;
    let jobs: Vec<_> = (0..20)
        .map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let statement = "INSERT INTO t (n) VALUES (?1)";
                let fails = n % 2 == 1;
                engine
                    .write(move |connection| {
                        connection.execute(statement, [n])?;
                        // The second insert of the same key is what fails.
                        if fails {
                            connection.execute(statement, [n])?;
                        }
                        Ok(())
                    })
                    .await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    gate.send(()).unwrap();
    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.await.unwrap().is_ok(), n % 2 == 0, "job {n}");
    }
    assert_eq!(stored(&engine).await, (0..20).step_by(2).collect::<Vec<_>>());
}

#[tokio::test]
async fn when_the_whole_group_is_rolled_back_every_job_of_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("e.db"), &[TABLE]).unwrap();
    let gate = closed_gate(&engine).await;
    let before = tokio::spawn(insert(engine.clone(), 1, 10));
    let rolled_back = {
        let engine = engine.clone();
        // What SQLite does by itself on a full disk or an I/O error.
        let job = move |connection: &rusqlite::Connection| -> Result<(), EngineError> {
            connection.execute_batch("ROLLBACK")?;
            Err(EngineError::Closed)
        };
        tokio::spawn(async move { engine.write(job).await })
    };
    let behind = tokio::spawn(insert(engine.clone(), 2, 10));
    tokio::task::yield_now().await;
    gate.send(()).unwrap();
    assert!(rolled_back.await.unwrap().is_err());
    assert!(before.await.unwrap().is_err(), "its insert is gone: it must not be answered as stored");
    assert!(behind.await.unwrap().is_err(), "it never ran");
    assert!(stored(&engine).await.is_empty());
    insert(engine.clone(), 3, 10).await.unwrap();
    assert_eq!(stored(&engine).await, [3], "later jobs work");
}

#[tokio::test]
async fn more_jobs_than_fit_are_refused_and_the_others_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("e.db"), &[TABLE]).unwrap();
    let gate = closed_gate(&engine).await;
    let jobs: Vec<_> = (0..9000).map(|n| tokio::spawn(insert(engine.clone(), n, 1))).collect();
    // The runtime polls some of them at each turn.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    gate.send(()).unwrap();
    let mut done = Vec::new();
    for (n, job) in (0..).zip(jobs) {
        match job.await.unwrap() {
            Ok(()) => done.push(n),
            Err(EngineError::Overloaded) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert!((8000..9000).contains(&done.len()), "{}", done.len());
    assert_eq!(stored(&engine).await, done);
}

#[test]
fn a_full_disk_fails_what_does_not_fit_and_later_jobs_work_again() {
    let folder = tempfile::tempdir().unwrap();
    let mount = r#"mount -t tmpfs -o size=2m none "$1" && cd "$1" && exec "$2" --ignored --exact engine::on_a_small_disk"#;
    let itself = std::env::current_exe().unwrap();
    let ran = Command::new("unshare").args(["-rm", "sh", "-c", mount, "sh"]).arg(folder.path()).arg(itself).output();
    let said = match ran {
        Ok(output) => String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        Err(error) => error.to_string(),
    };
    if said.contains("test result:") {
        assert!(said.contains("1 passed"), "{said}");
    } else {
        println!("SKIPPED a full disk: unshare could not mount a small one: {said}");
    }
}

#[tokio::test]
#[ignore = "its neighbour runs it on a disk of 2 MB, in whose root it finds itself"]
async fn on_a_small_disk() {
    std::fs::write("ballast", vec![1; 500_000]).unwrap();
    let engine = Engine::open(Path::new("small.db"), &[TABLE]).unwrap();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    while failed.is_empty() {
        let from = u32::try_from(done.len()).unwrap();
        assert!(from < 1000, "this disk is not small");
        let gate = closed_gate(&engine).await;
        let group: Vec<_> = (from..from + 8).map(|n| (n, tokio::spawn(insert(engine.clone(), n, 20_000)))).collect();
        tokio::task::yield_now().await;
        gate.send(()).unwrap();
        for (n, job) in group {
            match job.await.unwrap() {
                Ok(()) => done.push(n),
                Err(error) => failed.push((n, error.to_string())),
            }
        }
    }
    assert!(failed.iter().all(|(_, error)| error.contains("nothing was stored")), "{failed:?}");
    assert!(failed.iter().any(|(_, error)| error.contains("full")), "{failed:?}");
    assert_eq!(stored(&engine).await, done, "what was answered is there, and nothing else");
    std::fs::remove_file("ballast").unwrap();
    for (n, _) in failed {
        insert(engine.clone(), n, 20_000).await.unwrap();
        done.push(n);
    }
    drop(engine);
    let engine = Engine::open(Path::new("small.db"), &[TABLE]).unwrap();
    assert_eq!(stored(&engine).await, done);
}

#[tokio::test]
async fn nothing_is_answered_as_stored_after_the_file_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.db");
    let engine = Engine::open(&path, &[TABLE]).unwrap();
    engine.write(|connection| Ok(connection.execute("INSERT INTO t VALUES (1, NULL)", [])?)).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let after = engine.write(|connection| Ok(connection.execute("INSERT INTO t VALUES (2, NULL)", [])?)).await;
    let said = after.unwrap_err().to_string();
    assert!(said.contains("removed or replaced"), "{said}");
}
