//! One data folder, one consuming process: a second one says who has it.

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, words};
use super::process::Serve;

#[actix_web::test]
async fn a_second_consumer_on_the_folder_is_told_who_has_it_and_the_first_goes_on() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    for command in ["serve", "consume", "dev"] {
        let output = serve.command(&[], command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let folder = serve.data_dir();
        let holder = format!("process {} already answers from the data folder {}", serve.process_id(), folder.display());
        assert!(said.contains(&holder) && said.contains("stop it, or set WABRIDGE_DATA_DIR"), "{command}: {said}");
        assert_eq!(output.status.code(), Some(2), "{command}: {said}");
    }
    let meta = Meta::of(&serve);
    meta.deliver_all(&bodies(&words("still", 3))).await;
    far_end.until_accepted(3).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), words("still", 3));
}
