//! The phone page's files, built into the binary, under a policy that lets nothing else in.

use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};

use super::guard::guard;

/// Nothing from elsewhere, no inline script or style, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Every file of the page: name, content type, content.
const FILES: [(&str, &str, &str); 23] = [
    ("actions.js", JS, include_str!("page/actions.js")),
    ("api.js", JS, include_str!("page/api.js")),
    ("chat.css", CSS, include_str!("page/chat.css")),
    ("chat.js", JS, include_str!("page/chat.js")),
    ("composer.js", JS, include_str!("page/composer.js")),
    ("dialogs.js", JS, include_str!("page/dialogs.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("faults.js", JS, include_str!("page/faults.js")),
    ("format.js", JS, include_str!("page/format.js")),
    ("index.html", HTML, include_str!("page/index.html")),
    ("layout.js", JS, include_str!("page/layout.js")),
    ("message.js", JS, include_str!("page/message.js")),
    ("notices.js", JS, include_str!("page/notices.js")),
    ("page.css", CSS, include_str!("page/page.css")),
    ("page.js", JS, include_str!("page/page.js")),
    ("panel.css", CSS, include_str!("page/panel.css")),
    ("people.js", JS, include_str!("page/people.js")),
    ("rich.js", JS, include_str!("page/rich.js")),
    ("state.js", JS, include_str!("page/state.js")),
    ("story.js", JS, include_str!("page/story.js")),
    ("tokens.css", CSS, include_str!("page/tokens.css")),
    ("trouble.js", JS, include_str!("page/trouble.js")),
    ("why.js", JS, include_str!("page/why.js")),
];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").wrap(from_fn(guard)).route(web::get().to(async || file("index.html"))))
        .service(web::resource("/page/{file}").wrap(from_fn(guard)).route(web::get().to(named)));
}

async fn named(name: web::Path<String>) -> HttpResponse {
    file(&name)
}

fn file(name: &str) -> HttpResponse {
    let Some((_, kind, content)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("The page has no such file.");
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(kind)))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .body(*content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/simulator/page");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(FILES.iter().any(|(known, _, _)| *known == name), "{name} is in the folder and not in the table");
        }
    }
}
