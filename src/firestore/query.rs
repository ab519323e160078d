//! The few shapes of query that the store asks: equalities, one range, one order, a place to begin after.

use gcloud_sdk::google::firestore::v1::structured_query::{
    CollectionSelector, CompositeFilter, Direction, FieldFilter, FieldReference, Filter, Order as WireOrder, composite_filter,
    field_filter, filter,
};
use gcloud_sdk::google::firestore::v1::value::ValueType;
use gcloud_sdk::google::firestore::v1::{Cursor, StructuredQuery, Value};
use jiff::Timestamp;

use super::document::{Key, path, to_wire};

/// The field that is the document's key.
const NAME: &str = "__name__";

/// A query on one collection.
#[derive(Debug, Clone)]
pub struct Query {
    collection: &'static str,
    conditions: Vec<(String, field_filter::Operator, Operand)>,
    orders: Vec<(String, Order)>,
    after: Vec<Operand>,
    most: Option<u32>,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Rising,
    /// The largest first.
    Falling,
}

/// One side of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At this time or later.
    From(Timestamp),
    /// Later than this.
    After(Timestamp),
    /// At this time or earlier.
    Until(Timestamp),
    /// Earlier than this.
    Before(Timestamp),
}

#[derive(Debug, Clone)]
enum Operand {
    Value(ValueType),
    Document(Key),
}

impl Query {
    /// Everything in a collection.
    #[must_use]
    pub fn of(collection: &'static str) -> Self {
        Self { collection, conditions: Vec::new(), orders: Vec::new(), after: Vec::new(), most: None }
    }

    /// Only where the field is this text.
    #[must_use]
    pub fn is(self, field: &str, text: &str) -> Self {
        self.having(field, field_filter::Operator::Equal, Operand::Value(ValueType::StringValue(text.to_owned())))
    }

    /// Only where the field is this number.
    #[must_use]
    pub fn counts(self, field: &str, number: i64) -> Self {
        self.having(field, field_filter::Operator::Equal, Operand::Value(ValueType::IntegerValue(number)))
    }

    /// Only where the field is this number or more.
    #[must_use]
    pub fn at_least(self, field: &str, number: i64) -> Self {
        self.having(field, field_filter::Operator::GreaterThanOrEqual, Operand::Value(ValueType::IntegerValue(number)))
    }

    /// Only where the list in the field holds this text.
    #[must_use]
    pub fn holds(self, field: &str, text: &str) -> Self {
        self.having(field, field_filter::Operator::ArrayContains, Operand::Value(ValueType::StringValue(text.to_owned())))
    }

    /// Only where the field is a time in this range.
    #[must_use]
    pub fn within(self, field: &str, bound: Bound) -> Self {
        use field_filter::Operator;
        let (operator, at) = match bound {
            Bound::From(at) => (Operator::GreaterThanOrEqual, at),
            Bound::After(at) => (Operator::GreaterThan, at),
            Bound::Until(at) => (Operator::LessThanOrEqual, at),
            Bound::Before(at) => (Operator::LessThan, at),
        };
        self.having(field, operator, Operand::Value(ValueType::TimestampValue(to_wire(at))))
    }

    /// Only documents whose id begins so.
    #[must_use]
    pub fn begins(self, prefix: &str) -> Self {
        use field_filter::Operator;
        let (first, end) = (Key::new(self.collection, prefix), Key::new(self.collection, format!("{prefix}~")));
        self.having(NAME, Operator::GreaterThanOrEqual, Operand::Document(first)).having(
            NAME,
            Operator::LessThan,
            Operand::Document(end),
        )
    }

    /// In this order, then by id.
    #[must_use]
    pub fn by(mut self, field: &str, order: Order) -> Self {
        self.orders = vec![(field.to_owned(), order), (NAME.to_owned(), order)];
        self
    }

    /// Only what comes after this place of the order.
    #[must_use]
    pub fn after(mut self, at: Timestamp, id: &str) -> Self {
        let document = Key::new(self.collection, id);
        self.after = vec![Operand::Value(ValueType::TimestampValue(to_wire(at))), Operand::Document(document)];
        self
    }

    /// At most so many.
    #[must_use]
    pub fn most(mut self, most: u32) -> Self {
        self.most = Some(most);
        self
    }

    fn having(mut self, field: &str, operator: field_filter::Operator, operand: Operand) -> Self {
        self.conditions.push((field.to_owned(), operator, operand));
        self
    }

    pub(super) fn into_wire(self, documents: &str) -> StructuredQuery {
        let value = |operand: Operand| {
            let value = match operand {
                Operand::Value(value) => value,
                Operand::Document(key) => ValueType::ReferenceValue(path(documents, &key)),
            };
            Value { value_type: Some(value) }
        };
        let field = |name: String| Some(FieldReference { field_path: name });
        let filters: Vec<Filter> = self
            .conditions
            .into_iter()
            .map(|(name, operator, operand)| FieldFilter { field: field(name), op: operator.into(), value: Some(value(operand)) })
            .map(|one| Filter { filter_type: Some(filter::FilterType::FieldFilter(one)) })
            .collect();
        let all = CompositeFilter { op: composite_filter::Operator::And.into(), filters };
        let any = !all.filters.is_empty();
        let condition = any.then_some(Filter { filter_type: Some(filter::FilterType::CompositeFilter(all)) });
        let order = |(name, order): (String, Order)| WireOrder {
            field: field(name),
            direction: match order {
                Order::Rising => Direction::Ascending.into(),
                Order::Falling => Direction::Descending.into(),
            },
        };
        let start =
            (!self.after.is_empty()).then(|| Cursor { values: self.after.into_iter().map(value).collect(), before: false });
        StructuredQuery {
            select: None,
            from: vec![CollectionSelector { collection_id: self.collection.to_owned(), all_descendants: false }],
            r#where: condition,
            order_by: self.orders.into_iter().map(order).collect(),
            start_at: start,
            end_at: None,
            offset: 0,
            limit: self.most.map(|most| i32::try_from(most).unwrap_or(i32::MAX)),
            find_nearest: None,
        }
    }
}
