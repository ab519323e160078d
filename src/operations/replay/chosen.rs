//! The deliveries that a replay is about, one after another, the oldest first.

use std::collections::VecDeque;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::domain::DeliveryId;
use crate::operations::events::state_named;
use crate::store::{Delivery, DeliveryState, DeliverySummary, Store};

/// Deliveries whose summaries are read in one go.
const PAGE: u32 = 200;

/// Which deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// This one; the id may be shortened.
    One(String),
    /// Those of a time, from and before, of one state or all.
    Between {
        /// The earliest time at which one came in.
        from: Timestamp,
        /// The time before which it came in.
        to: Timestamp,
        /// `accepted`, `quarantined`, `ignored`, `unparsed`.
        state: Option<String>,
    },
}

/// Reads them as they are asked for: each is held in memory alone.
pub(super) enum Chosen {
    One(Option<Box<Delivery>>),
    Between { times: (Timestamp, Timestamp), state: Option<DeliveryState>, page: VecDeque<DeliverySummary>, seen: Option<Place> },
}

/// Where a page ended.
type Place = (Timestamp, DeliveryId);

impl Chosen {
    /// Fails when there is no such delivery, or no such state.
    pub(super) async fn of(store: &Store, which: Which) -> anyhow::Result<Self> {
        match which {
            Which::One(id) => {
                let found = store.delivery(DeliveryId::new(&id)).await?;
                let found = found.with_context(|| format!("there is no delivery {id}: wabridge events list prints their ids"))?;
                Ok(Self::One(Some(Box::new(found))))
            }
            Which::Between { from, to, state } => {
                let state = state.as_deref().map(state_named).transpose()?;
                Ok(Self::Between { times: (from, to), state, page: VecDeque::new(), seen: None })
            }
        }
    }

    pub(super) async fn next(&mut self, store: &Store) -> anyhow::Result<Option<Delivery>> {
        let (times, state, page, seen) = match self {
            Self::One(one) => return Ok(one.take().map(|delivery| *delivery)),
            Self::Between { times, state, page, seen } => (*times, *state, page, seen),
        };
        loop {
            if page.is_empty() {
                page.extend(store.deliveries_between(times, state, seen.clone(), PAGE).await?);
                *seen = page.back().map(|last| (last.received_at, last.id.clone()));
            }
            let Some(summary) = page.pop_front() else { return Ok(None) };
            // Gone meanwhile: its time was up.
            if let Some(found) = store.delivery(summary.id).await? {
                return Ok(Some(found));
            }
        }
    }
}
