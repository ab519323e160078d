//! A bucket as Cloud Storage's XML API has one (cloud.google.com/storage/docs/xml-api/reference-methods, November 2026): objects, uploads in
//! pieces, lists. There is no emulator of Google's for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data, Path, PayloadConfig, Query};
use actix_web::{App, HttpResponse, HttpServer};

pub(crate) const NAME: &str = "a-bucket";

/// The running server.
pub(crate) struct Bucket {
    world: Data<Mutex<World>>,
    port: u16,
    server: ServerHandle,
}

#[derive(Default)]
struct World {
    objects: BTreeMap<String, Bytes>,
    /// By their ids: the object, and the pieces by number.
    uploads: BTreeMap<String, (String, BTreeMap<u32, Bytes>)>,
    begun: u32,
}

type Parameters = Query<BTreeMap<String, String>>;

impl Bucket {
    pub(crate) fn start() -> Self {
        let world = Data::from(Arc::new(Mutex::new(World::default())));
        let shared = world.clone();
        let app = move || {
            let object = web::resource(format!("/{NAME}/{{name:.*}}"))
                .app_data(PayloadConfig::new(64 * 1024 * 1024))
                .route(web::get().to(get))
                .route(web::put().to(put))
                .route(web::post().to(post))
                .route(web::delete().to(delete));
            App::new().app_data(shared.clone()).route(&format!("/{NAME}"), web::get().to(list)).service(object)
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { world, port, server: handle }
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Of all objects, and of uploads that were neither completed nor aborted.
    pub(crate) fn names(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.objects.keys().cloned().chain(world.uploads.keys().cloned()).collect()
    }

    pub(crate) fn object(&self, name: &str) -> Option<Bytes> {
        self.world.lock().unwrap().objects.get(name).cloned()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn get(world: Data<Mutex<World>>, name: Path<String>) -> HttpResponse {
    match world.lock().unwrap().objects.get(name.as_str()) {
        Some(object) => HttpResponse::Ok()
            .insert_header(("ETag", "\"1\""))
            .insert_header(("Last-Modified", "Sat, 28 Nov 2026 08:00:00 GMT"))
            .body(object.clone()),
        None => HttpResponse::NotFound().body("<Error><Code>NoSuchKey</Code></Error>"),
    }
}

/// A piece, or a whole object.
async fn put(world: Data<Mutex<World>>, name: Path<String>, parameters: Parameters, body: Bytes) -> HttpResponse {
    let mut world = world.lock().unwrap();
    match (parameters.get("uploadId"), parameters.get("partNumber").and_then(|number| number.parse().ok())) {
        (Some(id), Some(number)) => {
            let Some((_, pieces)) = world.uploads.get_mut(id) else { return HttpResponse::NotFound().finish() };
            pieces.insert(number, body);
        }
        _ => {
            world.objects.insert(name.into_inner(), body);
        }
    }
    HttpResponse::Ok().insert_header(("ETag", "\"1\"")).finish()
}

/// Begins an upload, or completes it.
async fn post(world: Data<Mutex<World>>, name: Path<String>, parameters: Parameters) -> HttpResponse {
    let mut world = world.lock().unwrap();
    let name = name.into_inner();
    let Some(id) = parameters.get("uploadId") else {
        world.begun += 1;
        let id = format!("upload-{}", world.begun);
        let answer = format!(
            "<InitiateMultipartUploadResult><Bucket>{NAME}</Bucket><Key>{name}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        world.uploads.insert(id, (name, BTreeMap::new()));
        return HttpResponse::Ok().body(answer);
    };
    let Some((name, pieces)) = world.uploads.remove(id) else { return HttpResponse::NotFound().finish() };
    let last = pieces.len();
    // Cloud Storage takes no piece under 5 MiB but the last.
    let small = pieces.values().take(last.saturating_sub(1)).any(|piece| piece.len() < 5 * 1024 * 1024);
    if small {
        return HttpResponse::BadRequest().body("<Error><Code>EntityTooSmall</Code></Error>");
    }
    world.objects.insert(name, pieces.into_values().collect::<Vec<_>>().concat().into());
    HttpResponse::Ok().body("<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>")
}

async fn delete(world: Data<Mutex<World>>, name: Path<String>, parameters: Parameters) -> HttpResponse {
    let mut world = world.lock().unwrap();
    let found = match parameters.get("uploadId") {
        Some(id) => world.uploads.remove(id).is_some(),
        None => world.objects.remove(name.as_str()).is_some(),
    };
    if found { HttpResponse::NoContent().finish() } else { HttpResponse::NotFound().finish() }
}

async fn list(world: Data<Mutex<World>>, parameters: Parameters) -> HttpResponse {
    let prefix = parameters.get("prefix").map_or("", String::as_str);
    let world = world.lock().unwrap();
    let found = world.objects.iter().filter(|(name, _)| name.starts_with(prefix));
    let listed = found.map(|(name, object)| {
        let size = object.len();
        format!("<Contents><Key>{name}</Key><LastModified>2026-11-28T08:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>")
    });
    let listed = listed.collect::<Vec<_>>().concat();
    HttpResponse::Ok().body(format!("<ListBucketResult>{listed}</ListBucketResult>"))
}
