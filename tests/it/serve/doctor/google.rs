//! What is wrong in the Google Cloud project, one thing after the other. The project is a loopback server with the answers of Google's
//! REST APIs (cloud.google.com/firestore/docs/reference/rest, cloud.google.com/pubsub/docs/reference/rest, November 2026); Google itself
//! was never asked.

use std::collections::BTreeMap;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use secrecy::SecretString;
use serde_json::{Value, json};
use wabridge::google::Google;
use wabridge::operations::doctor::{Finding, Findings, Level, Project, PubSub, google};
use wabridge::store::{EXPIRING, INDEXES};

const TOPIC: &str = "projects/a-project/topics/events";
const UNHANDLED: &str = "projects/a-project/topics/unhandled";
const AGENT: &str = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com";

/// Answers by path, without what stands behind the question mark: a status and a body.
type Answers = BTreeMap<String, (u16, Value)>;

fn subscription(lane: &str) -> Value {
    json!({
        "topic": TOPIC, "state": "ACTIVE", "ackDeadlineSeconds": 180, "expirationPolicy": {}, "filter": format!("attributes.lane = \"{lane}\""),
        "deadLetterPolicy": {"deadLetterTopic": UNHANDLED, "maxDeliveryAttempts": 100},
        "pushConfig": {
            "pushEndpoint": format!("https://consumer.example/pubsub/push/{lane}"),
            "oidcToken": {"serviceAccountEmail": "caller@a-project.iam.gserviceaccount.com", "audience": "consumer"},
        },
    })
}

fn well() -> Answers {
    let groups = "projects/a-project/databases/records/collectionGroups";
    let expiring: Vec<_> = EXPIRING
        .iter()
        .map(|name| json!({"name": format!("{groups}/{name}/fields/expire_at"), "ttlConfig": {"state": "ACTIVE"}}))
        .collect();
    let field = |text: &str| {
        let (name, order) = text.split_once(' ').map_or((text, "ASCENDING"), |(name, _)| (name, "DESCENDING"));
        json!({"fieldPath": name, "order": order})
    };
    let indexes: Vec<_> = (INDEXES.iter())
        .map(|(collection, fields)| {
            let fields: Vec<_> = fields.split(", ").chain(["__name__"]).map(field).collect();
            json!({"name": format!("{groups}/{collection}/indexes/1"), "state": "READY", "fields": fields})
        })
        .collect();
    let publisher = json!({"bindings": [{"role": "roles/pubsub.publisher", "members": [AGENT]}]});
    let subscriber = json!({"bindings": [{"role": "roles/pubsub.subscriber", "members": [AGENT]}]});
    let database = "/v1/projects/a-project/databases/records";
    let bucket = json!({
        "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]},
        "iamConfiguration": {"publicAccessPrevention": "enforced"},
    });
    let native =
        json!({"type": "FIRESTORE_NATIVE", "locationId": "europe-west1", "deleteProtectionState": "DELETE_PROTECTION_ENABLED"});
    let answers = [
        (database.to_owned(), native),
        (format!("{database}/collectionGroups/-/fields"), json!({"fields": expiring})),
        (format!("{database}/collectionGroups/-/indexes"), json!({"indexes": indexes})),
        (format!("/v1/{TOPIC}"), json!({"name": TOPIC})),
        (path("reply"), subscription("reply")),
        (path("record"), subscription("record")),
        (format!("/v1/{UNHANDLED}/subscriptions"), json!({"subscriptions": ["projects/a-project/subscriptions/unhandled"]})),
        (format!("/v1/{UNHANDLED}:getIamPolicy"), publisher),
        (format!("{}:getIamPolicy", path("reply")), subscriber.clone()),
        (format!("{}:getIamPolicy", path("record")), subscriber),
        ("/storage/v1/b/media".to_owned(), bucket),
    ];
    answers.into_iter().map(|(path, answer)| (path, (200, answer))).collect()
}

fn path(lane: &str) -> String {
    format!("/v1/projects/a-project/subscriptions/consumer-{lane}")
}

type Wrong = Box<dyn Fn(&mut Answers)>;

async fn examined(answers: Answers) -> Vec<Finding> {
    let answers = web::Data::new(answers);
    let server = HttpServer::new(move || {
        let answer = |answers: web::Data<Answers>, request: HttpRequest| async move {
            assert_eq!(request.headers().get("authorization").unwrap(), "Bearer a-token");
            // Without it Firestore lists every field that has an index of its own.
            assert!(!request.path().ends_with("/fields") || request.query_string().contains("filter=ttlConfig:*"));
            let (status, body) = answers.get(request.path()).cloned().unwrap_or((404, json!({"error": {"status": "NOT_FOUND"}})));
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).json(body)
        };
        App::new().app_data(answers.clone()).default_service(web::to(answer))
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = server.workers(1).listen(listener).unwrap().disable_signals().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let callers = Some(("consumer".to_owned(), "caller@a-project.iam.gserviceaccount.com".to_owned()));
    let project = Project {
        id: "a-project".into(),
        database: Some("records".into()),
        pubsub: Some(PubSub { topic: "events".into(), subscription: "consumer".into(), callers }),
        bucket: Some("media".into()),
        retention_days: 30,
    };
    let google_at = Google::at(address, SecretString::from("a-token")).unwrap();
    let mut findings = Findings::default();
    google::examine(&project, &google_at, &mut findings).await;
    handle.stop(false).await;
    findings.all().to_vec()
}

#[actix_web::test]
async fn a_project_as_terraform_makes_it_is_well() {
    let found = examined(well()).await;
    assert!(found.len() >= 11 && found.iter().all(|finding| finding.level == Level::Ok), "{found:#?}");
}

#[actix_web::test]
async fn each_thing_that_is_wrong_in_the_project_is_found_alone_and_with_a_remedy() {
    let database = "/v1/projects/a-project/databases/records";
    let fields = format!("{database}/collectionGroups/-/fields");
    let indexes = format!("{database}/collectionGroups/-/indexes");
    let disabled = json!({"error": {"status": "PERMISSION_DENIED", "details": [{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "metadata": {"service": "storage.googleapis.com"},
    }]}});
    let patch = |path: String, pointer: &'static str, value: Value| -> Wrong {
        Box::new(move |answers| *answers.get_mut(&path).unwrap().1.pointer_mut(pointer).unwrap() = value.clone())
    };
    let answer = |path: String, status: u16, body: Value| -> Wrong {
        Box::new(move |answers| drop(answers.insert(path.clone(), (status, body.clone()))))
    };
    let without = |path: String| -> Wrong { Box::new(move |answers| drop(answers.remove(&path))) };
    let wrong = [
        (patch(database.into(), "/type", json!("DATASTORE_MODE")), "google.database", Level::Fail, "DATASTORE_MODE"),
        (
            patch(database.into(), "/deleteProtectionState", json!("DELETE_PROTECTION_DISABLED")),
            "google.database",
            Level::Warn,
            "one command",
        ),
        (
            patch(fields.clone(), "/fields/0/ttlConfig/state", json!("NEEDS_REPAIR")),
            "google.expiry",
            Level::Fail,
            "kept for ever",
        ),
        (patch(fields, "/fields", json!([])), "google.expiry", Level::Fail, "kept for ever"),
        (
            patch(indexes.clone(), "/indexes/0/fields/0/fieldPath", json!("other")),
            "google.indexes",
            Level::Fail,
            "lacks the index",
        ),
        (patch(indexes, "/indexes/0/state", json!("CREATING")), "google.indexes", Level::Warn, "being built"),
        (without(format!("/v1/{TOPIC}")), "google.topic", Level::Fail, "no such thing"),
        (without(path("record")), "google.subscription", Level::Fail, "consumer-record: there is no such thing"),
        (patch(path("reply"), "/topic", json!("_deleted-topic_")), "google.subscription", Level::Fail, "_deleted-topic_"),
        (patch(path("reply"), "/filter", json!("")), "google.subscription", Level::Fail, "does not filter"),
        (patch(path("reply"), "/ackDeadlineSeconds", json!(10)), "google.subscription", Level::Warn, "waits 10 s"),
        (patch(path("reply"), "/expirationPolicy", json!({"ttl": "2678400s"})), "google.subscription", Level::Fail, "vanishes"),
        (patch(path("reply"), "/expirationPolicy", Value::Null), "google.subscription", Level::Fail, "vanishes"),
        (patch(path("reply"), "/pushConfig", json!({})), "google.push", Level::Fail, "pushes to nobody"),
        (
            patch(path("reply"), "/pushConfig/oidcToken/audience", json!("other")),
            "google.push",
            Level::Fail,
            "the consumer wants",
        ),
        (
            patch(path("record"), "/pushConfig/oidcToken/serviceAccountEmail", json!("other@a-project.iam.gserviceaccount.com")),
            "google.push",
            Level::Fail,
            "signs as",
        ),
        (patch(path("reply"), "/deadLetterPolicy", Value::Null), "google.unhandled", Level::Warn, "go round for ever"),
        (
            patch(format!("{}:getIamPolicy", path("reply")), "/bindings", json!([])),
            "google.grants",
            Level::Fail,
            "roles/pubsub.subscriber",
        ),
        (patch("/storage/v1/b/media".into(), "/lifecycle", json!({})), "google.bucket", Level::Fail, "longer than records"),
        (
            patch("/storage/v1/b/media".into(), "/iamConfiguration/publicAccessPrevention", json!("inherited")),
            "google.bucket",
            Level::Fail,
            "opened to the world",
        ),
        (
            answer("/storage/v1/b/media".into(), 403, disabled),
            "google.bucket",
            Level::Fail,
            "storage.googleapis.com is not enabled",
        ),
        (answer("/storage/v1/b/media".into(), 500, Value::Null), "google.bucket", Level::Fail, "Google answered 500"),
    ];
    for (spoil, check, level, words) in wrong {
        let mut answers = well();
        spoil(&mut answers);
        let found = examined(answers).await;
        let loud: Vec<_> = found.iter().filter(|finding| matches!(finding.level, Level::Warn | Level::Fail)).collect();
        let [one] = loud[..] else { panic!("{words}: {found:#?}") };
        assert!(one.check == check && one.level == level && one.what.contains(words), "{words}: {one:?}");
        assert!(!one.remedy.is_empty(), "{one:?}");
    }
}

#[actix_web::test]
async fn what_is_lost_for_all_subscriptions_is_found() {
    for (path, words) in
        [(format!("/v1/{UNHANDLED}/subscriptions"), "is lost"), (format!("/v1/{UNHANDLED}:getIamPolicy"), "is not put into it")]
    {
        let mut answers = well();
        answers.insert(path, (200, json!({})));
        let found = examined(answers).await;
        assert_eq!(
            found.iter().filter(|finding| finding.what.contains(words) && finding.level == Level::Fail).count(),
            2,
            "{found:#?}"
        );
    }
    let mut answers = well();
    answers.insert("/v1/projects/a-project/databases/records".into(), (401, json!({"error": {"status": "UNAUTHENTICATED"}})));
    let found = examined(answers).await;
    assert!(found.len() == 1 && found[0].what.contains("no credentials"), "asked once: {found:#?}");
    let mut answers = well();
    let denied = json!({"error": {"status": "PERMISSION_DENIED"}});
    answers.insert(format!("/v1/{UNHANDLED}:getIamPolicy"), (403, denied));
    let found = examined(answers).await;
    assert!(found.iter().all(|finding| finding.level < Level::Warn), "what it may not see is no fault: {found:#?}");
}
