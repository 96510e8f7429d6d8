//! Where an item stands in the table: what is read together stands together, what grows is spread.

/// Partitions of a kind whose items are listed as a whole.
const SHARDS: u32 = 8;

/// Partitions of a kind in the index of what is due: each takes 1,000 writes a second.
const DUE_SHARDS: u32 = 16;

/// How the items of a kind are partitioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// By what stands before the first colon: all of an order.
    ByOrder,
    /// By what stands before the last slash: all events of a parcel, all that a name may mean.
    ByParent,
    /// Over a fixed number of partitions: few enough to list them all.
    Shards,
    /// All in one: there are few of them.
    One,
    /// Each in its own: nobody lists them.
    Own,
}

/// What a query for all that begin so has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch {
    /// These partitions have them all.
    Partitions(Vec<String>),
    /// They are anywhere.
    Everywhere,
}

fn kind(key: &str) -> &str {
    key.split_once('/').map_or(key, |(kind, _)| kind)
}

fn spread(key: &str) -> Spread {
    match kind(key) {
        "entry" | "order" => Spread::ByOrder,
        "event" => Spread::ByParent,
        // Orders that a carrier answers later, by the name that the answer may have: several may have one.
        "name" if key.split('/').nth(3).is_some_and(|what| what.starts_with("later-")) => Spread::ByParent,
        "dead" | "quarantine" | "mail" => Spread::Shards,
        "carrier" | "notice" | "breaker" => Spread::One,
        _ => Spread::Own,
    }
}

/// The partition of an item.
pub(super) fn partition(key: &str) -> String {
    let kind = kind(key);
    match spread(key) {
        Spread::ByOrder => key.split_once(':').map_or(key, |(order, _)| order).to_owned(),
        Spread::ByParent => key.rsplit_once('/').map_or(key, |(parent, _)| parent).to_owned(),
        Spread::Shards => format!("{kind}#{}", shard(key, SHARDS)),
        Spread::One => kind.to_owned(),
        Spread::Own => key.to_owned(),
    }
}

/// Where all items are whose keys begin so.
pub(super) fn stretch(prefix: &str) -> Stretch {
    let kind = kind(prefix);
    match spread(prefix) {
        Spread::ByOrder => match prefix.split_once(':') {
            Some((order, _)) => Stretch::Partitions(vec![order.to_owned()]),
            None => Stretch::Everywhere,
        },
        Spread::ByParent => match prefix.strip_suffix('/') {
            Some(parent) if parent.matches('/').count() >= 3 => Stretch::Partitions(vec![parent.to_owned()]),
            _ => Stretch::Everywhere,
        },
        Spread::Shards => Stretch::Partitions((0..SHARDS).map(|shard| format!("{kind}#{shard}")).collect()),
        Spread::One => Stretch::Partitions(vec![kind.to_owned()]),
        Spread::Own => Stretch::Everywhere,
    }
}

/// The partition of the index of what is due.
pub(super) fn due_partition(key: &str) -> String {
    format!("{}#{}", kind(key), shard(key, DUE_SHARDS))
}

/// All partitions of the index that can hold what begins so.
pub(super) fn due_partitions(prefix: &str) -> Vec<String> {
    let kind = kind(prefix);
    (0..DUE_SHARDS).map(|shard| format!("{kind}#{shard}")).collect()
}

/// FNV-1a: the same in every process and every release, for ever.
fn shard(key: &str, of: u32) -> u32 {
    key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % of
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_runtime::handler::keys;

    fn covers(prefix: &str, key: &str) -> bool {
        match stretch(prefix) {
            Stretch::Partitions(partitions) => partitions.contains(&partition(key)),
            Stretch::Everywhere => true,
        }
    }

    #[test]
    fn what_is_listed_together_is_found_in_the_partitions_that_are_asked() {
        let entry = keys::entry("SO%2F1:create:-:a%3Ab");
        assert_eq!(stretch(&keys::entries_of("SO/1")), Stretch::Partitions(vec!["entry/SO%2F1".into()]));
        assert!(covers(&keys::entries_of("SO/1"), &entry));
        let parcel = keys::parcel("swiftpost", "default", "T/1");
        assert!(covers(&keys::events_of(&parcel), &keys::event(&parcel, "e:1")));
        assert_ne!(stretch(&keys::events_of(&parcel)), Stretch::Everywhere);
        for id in ["a", "b", "c", "d"] {
            let dead = keys::dead("orders", "swiftpost", "unreadable", id);
            assert!(covers(&keys::dead_like("orders", Some("swiftpost"), None), &dead));
            assert!(covers("dead/", &dead) && due_partitions("dead/").contains(&due_partition(&dead)));
        }
        let later = keys::put_off_under("swiftpost", "default", "our", "SO-1");
        assert!(covers(&later, &keys::put_off("swiftpost", "default", "our", "SO-1", "SO-1:create:-")));
        assert_ne!(stretch(&later), Stretch::Everywhere, "functions may not look through the table");
        assert!(covers(keys::BREAKERS, &keys::breaker("swiftpost")));
        assert!(covers(keys::CARRIERS, &keys::carrier("swiftpost")));
        assert!(covers(&keys::notice("mapping", &[""]), &keys::notice("mapping", &["a/carrier.yaml"])));
    }

    #[test]
    fn only_a_name_that_is_not_whole_is_looked_for_everywhere() {
        assert_eq!(stretch(&keys::entries_like("SO-")), Stretch::Everywhere);
        assert_eq!(stretch("event/swiftpost/"), Stretch::Everywhere);
    }

    #[test]
    fn the_place_of_an_item_never_changes() {
        assert_eq!(partition("dead/orders/a/b/c"), "dead#2");
        assert_eq!(due_partition("entry/SO-1:create"), "entry#2");
    }
}
