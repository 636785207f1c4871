//! Which routes lead somewhere.

use cardex_domain::ids::PropertyId;

use super::*;
use crate::Sources;

/// The route stands in line 2, its department in 3, section in 4, rooms in 5, hours in 6.
fn good() -> String {
    let route = "[[route]]\ndepartment = \"front_desk\"\nsection = \"tenth\"\n";
    format!(
        "format = 1\n{route}rooms = [\"1001..1099\", \"1101\"]\nhours = \"22:00..06:00\"\n{RULE}"
    )
}

#[test]
fn a_route_leads_somewhere() {
    assert_eq!(faults(&good()), []);
    let range = "rooms whose numbers go up";
    let times = "two different times of day";
    check_in(
        &good(),
        &[
            (
                "= \"front_desk\"\n",
                "= \"fro\"\n",
                3,
                14,
                "no rule serves `fro`",
            ),
            ("\"tenth\"", "\"Tenth floor\"", 4, 11, "a-z"),
            ("section =", "sektion =", 2, 1, "`section` is missing"),
            ("1001..1099", "1099..1001", 5, 10, range),
            ("1001..1099", "1001..B99", 5, 10, range),
            ("\"1101\"", "\"11 01\"", 5, 24, "a room"),
            ("[\"1001..1099\", \"1101\"]", "[]", 5, 9, "`rooms` is empty"),
            ("22:00..06:00", "22:00..22:00", 6, 9, times),
            ("22:00..06:00", "22..06", 6, 9, times),
            ("hours =", "times =", 6, 1, "`times` is not known here"),
        ],
    );
    let everything = good().replace(
        "rooms = [\"1001..1099\", \"1101\"]\nhours = \"22:00..06:00\"\n",
        "",
    );
    let found = faults(&everything);
    assert!(found[0].message.contains("say which `rooms`"), "{found:?}");
    let whole = good();
    let route = &whole["format = 1\n".len()..whole.find("\n[[rule]]").unwrap()];
    let twice = whole.replacen(route, &format!("{route}\n{route}"), 1);
    let found = faults(&twice);
    assert!(found[0].message.contains("stands here twice"), "{found:?}");
}

#[test]
fn what_a_property_says_takes_the_place_of_the_routes_above() {
    let chain = sources(&good());
    let own =
        "format = 1\n[[route]]\ndepartment = \"front_desk\"\nsection = \"vip\"\nrooms = [\"1\"]\n";
    let files = [
        ("properties/macau.toml", own),
        ("properties/shanghai.toml", "format = 1\n"),
    ];
    let all = Sources::new(chain.files().chain(files));
    let playbook = Playbook::parse(&all, &vocabulary()).unwrap();
    let sections = |property: &str| -> Vec<String> {
        let book = playbook.for_property(&PropertyId::new(property).unwrap());
        book.routes()
            .map(|route| route.section.to_string())
            .collect()
    };
    assert_eq!(sections("macau"), ["vip"]);
    assert_eq!(
        (sections("shanghai"), sections("elsewhere")),
        (vec!["tenth".to_owned()], vec!["tenth".to_owned()])
    );
}
