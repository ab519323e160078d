//! `POST /simulator/people`: somebody new with a WhatsApp.

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};

use super::{Problem, read};
use crate::simulator::Simulator;
use crate::simulator::graph::is_user_id;
use crate::simulator::meta_ids;
use crate::simulator::world::{Person, World};

/// So many people are enough for a simulator.
const PEOPLE: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    name: Option<String>,
    phone: Option<String>,
    user_id: Option<String>,
    username: Option<String>,
}

/// How a person is shown here and in the state.
#[derive(Serialize)]
pub(super) struct Identity<'a> {
    person: &'a str,
    name: Option<&'a str>,
    phone: Option<&'a str>,
    wa_id: Option<&'a str>,
    user_id: Option<&'a str>,
    username: Option<&'a str>,
}

impl<'a> Identity<'a> {
    pub(super) fn of(person: &'a Person) -> Self {
        Self {
            person: &person.id,
            name: person.name.as_deref(),
            phone: person.phone.as_deref(),
            wa_id: person.wa_id(),
            user_id: person.user_id.as_deref(),
            username: person.username.as_deref(),
        }
    }
}

pub(super) async fn add(simulator: web::Data<Simulator>, body: Bytes) -> Result<impl Responder, Problem> {
    let mut new: NewPerson = read(&body)?;
    new.check()?;
    let response = {
        let mut world = simulator.hub.world();
        new.must_be_new(&world)?;
        // Whoever has no number is known by a user id.
        let user_id = new.user_id.or_else(|| new.phone.is_none().then(meta_ids::user_id));
        let person = world.add_person(new.name, new.phone, user_id, new.username);
        HttpResponse::Created().json(Identity::of(person))
    };
    simulator.hub.state_changed();
    Ok(response)
}

impl NewPerson {
    fn check(&mut self) -> Result<(), Problem> {
        if let Some(phone) = &self.phone {
            let digits = phone.strip_prefix('+').unwrap_or_default();
            if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Problem::invalid(
                    "\"phone\" must be E.164: + and 7 to 15 digits, such as +12025550147. Leave it out for somebody with only a username.",
                ));
            }
        }
        if self.user_id.as_deref().is_some_and(|id| !is_user_id(id)) {
            return Err(Problem::invalid(
                "\"user_id\" must be two capital letters, a dot and up to 128 letters and digits, such as US.1.",
            ));
        }
        if self.phone.is_none() && self.user_id.is_none() && self.username.is_none() {
            return Err(Problem::invalid("Give a \"phone\", or for somebody without one a \"username\" or a \"user_id\"."));
        }
        let too_long =
            |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > 100);
        if too_long(&self.name) || too_long(&self.username) {
            return Err(Problem::invalid("\"name\" and \"username\" take 1 to 100 characters."));
        }
        Ok(())
    }

    fn must_be_new(&self, world: &World) -> Result<(), Problem> {
        let same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        let taken = |person: &&Person| same(&self.phone, &person.phone) || same(&self.user_id, &person.user_id);
        if let Some(person) = world.people.iter().find(taken) {
            let message = format!("Person \"{}\" has this phone or user_id already: use that person.", person.id);
            return Err(Problem::new(StatusCode::CONFLICT, "person_exists", message));
        }
        if world.people.len() >= PEOPLE {
            return Err(Problem::invalid("There are 1000 people already: POST /simulator/reset starts again."));
        }
        Ok(())
    }
}
