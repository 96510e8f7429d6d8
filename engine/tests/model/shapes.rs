//! The static types that expressions are checked against.

use crossdock_engine::model::{Shape, shape};

/// The shape at a dotted path; `[]` enters a list.
fn at(path: &str) -> Option<&'static Shape> {
    let mut names = path.split('.');
    let root = shape(names.next()?)?;
    names.try_fold(root, |shape, name| if name == "[]" { shape.item() } else { Some(&shape.field(name)?.shape) })
}

#[test]
fn leaves_have_their_types() {
    let expected = [
        ("order.key", Shape::Text),
        ("order.received_at", Shape::DateTime),
        ("shipment.parcels.[].weight", Shape::Number),
        ("shipment.parcels.[].items.[].quantity", Shape::Integer),
        ("shipment.recipient.residential", Shape::Boolean),
        ("shipment.recipient.address.lines", Shape::List(Box::new(Shape::Text))),
        ("shipment.recipient.address.country", Shape::Text),
        ("shipment.recipient.address.latitude", Shape::Number),
        ("shipment.ship_date", Shape::Date),
        ("shipment.pickup.from", Shape::DateTime),
        ("shipment.cash_on_delivery.amount", Shape::DecimalText),
        ("shipment.metadata", Shape::Map),
        ("shipment.options", Shape::Map),
        ("parcel.options", Shape::Map),
        ("party.address.city", Shape::Text),
        ("item.value.currency", Shape::Text),
        ("action.notify_shop.event.sequence", Shape::Integer),
        ("action.email_logistics.event.occurred_at", Shape::DateTime),
        ("event.location.longitude", Shape::Number),
    ];
    for (path, shape) in expected {
        assert_eq!(at(path), Some(&shape), "{path}");
    }
}

#[test]
fn closed_words_are_listed() {
    let names = |names: &[&str]| Shape::Enum(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(at("shipment.label_format"), Some(&names(&["pdf", "png", "zpl"])));
    assert_eq!(at("shipment.customs.duties_payer"), Some(&names(&["sender", "recipient", "third_party"])));
    assert_eq!(at("action.order_result.outcome"), Some(&names(&["accepted", "refused"])));
    assert!(matches!(at("event.status"), Some(Shape::Enum(names)) if names.len() == 20));
}

#[test]
fn what_the_model_does_not_have_is_not_there() {
    for path in ["shipment.reciever", "shipment.recipient.address.zip", "order.parcels", "body", "shipment.parcels.weight"] {
        assert_eq!(at(path), None, "{path}");
    }
}

#[test]
fn required_fields_are_told_from_optional_ones() {
    let required = |root: &str, name: &str| shape(root).and_then(|shape| shape.field(name)).map(|field| field.required);
    assert_eq!(required("order", "order_id"), Some(true));
    assert_eq!(required("order", "account"), Some(true));
    assert_eq!(required("shipment", "service"), Some(false));
    assert_eq!(required("parcel", "weight"), Some(true));
    assert_eq!(required("party", "company"), Some(false));
    assert_eq!(required("event", "sequence"), Some(true));
}
