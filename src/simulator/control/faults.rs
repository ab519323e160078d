//! `/simulator/faults`: what goes wrong on purpose.

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Responder};
use serde::Serialize;

use super::{Problem, number, read};
use crate::simulator::Simulator;
use crate::simulator::faults::{Fault, NewFault};

#[derive(Serialize)]
struct Added<'a> {
    fault: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    faults: &'a [Fault],
}

pub(super) async fn add(simulator: web::Data<Simulator>, body: Bytes) -> Result<impl Responder, Problem> {
    let hub = &simulator.hub;
    let mut new: NewFault = read(&body)?;
    if let Some(to) = new.number.take() {
        new.number = Some(number(hub, Some(&to))?.nick.clone());
    }
    let response = {
        let mut world = hub.world();
        if let Some(person) = &new.person
            && world.person(person).is_none()
        {
            return Err(Problem::no_such_person(person));
        }
        let fault = world.faults.add(new).map_err(Problem::invalid)?;
        HttpResponse::Created().json(Added { fault: &fault.id })
    };
    hub.state_changed();
    Ok(response)
}

pub(super) async fn list(simulator: web::Data<Simulator>) -> impl Responder {
    HttpResponse::Ok().json(List { faults: simulator.hub.world().faults.all() })
}

pub(super) async fn clear(simulator: web::Data<Simulator>) -> impl Responder {
    simulator.hub.world().faults.clear();
    simulator.hub.state_changed();
    HttpResponse::NoContent()
}

pub(super) async fn remove(simulator: web::Data<Simulator>, fault: web::Path<String>) -> Result<impl Responder, Problem> {
    let removed = simulator.hub.world().faults.remove(&fault);
    if !removed {
        let message = format!("There is no fault \"{fault}\": GET /simulator/faults lists those that are on.");
        return Err(Problem::not_found("no_such_fault", message));
    }
    simulator.hub.state_changed();
    Ok(HttpResponse::NoContent())
}
