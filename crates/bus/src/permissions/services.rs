//! What this system's own services need of the server, stream by stream.

use super::{Allowed, ServiceRole, User, inbox_prefix};
use crate::objects::SETTINGS;
use crate::shards;
use crate::snapshots::{self, SNAPSHOTS};
use crate::streams::{DEADLETTERS, EVENTS, MARKS, ONCE, PLACES, PROMPTS};
use crate::subjects::{MARK, OnceSubject};

pub(super) fn allow(role: ServiceRole, all: &[User], allowed: &mut Allowed) {
    start_up(allowed);
    objects(allowed, SETTINGS);
    match role {
        ServiceRole::Aggregator => {
            read(allowed, &[EVENTS, PROMPTS, DEADLETTERS]);
            allowed.publish(["cardex.*.deadletter.*", "cardex.erased.*"]);
            // Erasure.
            allowed.publish(
                [EVENTS, PROMPTS, DEADLETTERS].map(|stream| api("STREAM.MSG.DELETE", stream)),
            );
            allowed.publish([OnceSubject::InstallationKey.to_string()]);
            allowed.publish([api("STREAM.MSG.GET", ONCE)]);
            allowed.publish([MARK.to_owned(), api("STREAM.MSG.GET", MARKS)]);
            // How far hotels with a server of their own have come.
            allowed.publish([format!("$JS.*.API.STREAM.INFO.{EVENTS}")]);
            // Who else answers, and by which settings.
            allowed.publish(["$SRV.INFO.cardex-aggregator"]);
            allowed.subscribe([
                "cardex.profile.*.*.*",
                snapshots::TAKE,
                snapshots::TAKE_OF_ANY,
                shards::ALL,
            ]);
            // What other shards keep.
            allowed.publish([shards::ALL]);
            objects(allowed, SNAPSHOTS);
            answer(allowed, all);
        }
        ServiceRole::Checkin => {
            read(allowed, &[EVENTS, PROMPTS]);
            work_off(allowed, EVENTS);
            allowed.publish([
                "cardex.*.prompt.*.*",
                "cardex.*.card.*",
                // Links that it makes by itself, which are no property's.
                "cardex.all.guest.linked",
                "cardex.*.deadletter.*",
                "cardex.profile.*.*.*",
            ]);
            // How far its durables have come.
            allowed.publish(["cardex.place.*".to_owned(), api("STREAM.MSG.GET", PLACES)]);
            allowed.subscribe(["cardex.profile.*.*.boards"]);
            answer(allowed, all);
            // The durables of the departments' boards.
            allowed.publish([format!("$JS.API.CONSUMER.DURABLE.CREATE.{PROMPTS}.*")]);
        }
        ServiceRole::Operator => {
            read(allowed, &[EVENTS, PROMPTS, DEADLETTERS]);
            allowed.publish([
                "cardex.*.observation.*.*",
                "cardex.*.outcome.*.*",
                "cardex.*.stay.*",
                "cardex.*.guest.*",
                // Of guests that are imported: who was shown what.
                "cardex.*.card.*",
                "cardex.config.*",
                "cardex.*.deadletter.*",
                "cardex.profile.*.*.*",
                "cardex.once.import.*",
                "$JS.API.STREAM.NAMES",
                "$JS.API.STREAM.LIST",
                "$SRV.>",
                snapshots::TAKE,
                snapshots::TAKE_OF_ANY,
            ]);
            objects(allowed, SNAPSHOTS);
            allowed.publish([api("STREAM.MSG.GET", ONCE)]);
            allowed.subscribe(["cardex.*.prompt.*.*"]);
        }
    }
}

/// Being found as a service, and answering: to declared inboxes and nowhere else, least of all into a stream.
fn answer(allowed: &mut Allowed, all: &[User]) {
    allowed.subscribe(["$SRV.>"]);
    allowed.publish(
        all.iter()
            .map(|user| format!("{}.>", inbox_prefix(user.name.as_str()))),
    );
}

fn api(operation: &str, stream: &str) -> String {
    format!("$JS.API.{operation}.{stream}")
}

/// Looking streams up and making the missing ones.
fn start_up(allowed: &mut Allowed) {
    allowed.publish(["$JS.API.INFO"]);
    for stream in [EVENTS, PROMPTS, DEADLETTERS, ONCE, MARKS, PLACES] {
        allowed.publish([api("STREAM.INFO", stream), api("STREAM.CREATE", stream)]);
    }
}

/// Reading streams through consumers of one's own, and single messages.
fn read(allowed: &mut Allowed, streams: &[&str]) {
    for stream in streams {
        allowed.publish([
            api("STREAM.MSG.GET", stream),
            api("CONSUMER.CREATE", stream),
            format!("{}.>", api("CONSUMER.CREATE", stream)),
            format!("{}.*", api("CONSUMER.INFO", stream)),
            format!("{}.*", api("CONSUMER.MSG.NEXT", stream)),
        ]);
    }
}

/// Durables on a stream, and their acknowledgements in both forms.
fn work_off(allowed: &mut Allowed, stream: &str) {
    allowed.publish([
        format!("{}.*", api("CONSUMER.DURABLE.CREATE", stream)),
        format!("$JS.ACK.{stream}.>"),
        format!("$JS.ACK._.*.{stream}.>"),
    ]);
}

/// A store of objects.
fn objects(allowed: &mut Allowed, bucket: &str) {
    let stream = format!("OBJ_{bucket}");
    allowed.publish([
        api("STREAM.INFO", &stream),
        api("STREAM.CREATE", &stream),
        api("STREAM.MSG.GET", &stream),
        api("STREAM.PURGE", &stream),
        api("DIRECT.GET", &stream),
        format!("{}.>", api("DIRECT.GET", &stream)),
        api("CONSUMER.CREATE", &stream),
        format!("{}.>", api("CONSUMER.CREATE", &stream)),
        format!("{}.*", api("CONSUMER.INFO", &stream)),
        format!("{}.*", api("CONSUMER.DELETE", &stream)),
        format!("$JS.FC.{stream}.>"),
        format!("$O.{bucket}.>"),
    ]);
}
