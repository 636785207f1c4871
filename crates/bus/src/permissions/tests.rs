use super::*;

fn user(name: &str, capabilities: Vec<Capability>) -> User {
    User {
        name: Token::new(name).unwrap(),
        property: Token::new("hz1").unwrap(),
        secret: Secret::Plain("x".to_owned()),
        capabilities,
    }
}

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

#[test]
fn no_users_list_has_a_subject_that_opens_everything() {
    let department = token("dining");
    let all = [
        user(
            "app",
            vec![
                Capability::Observe {
                    department: department.clone(),
                    app: token("pos"),
                },
                Capability::Board {
                    department: department.clone(),
                },
                Capability::Profile { department },
                Capability::OnBehalf {
                    app: token("gateway"),
                },
                Capability::Stay,
                Capability::GuestOps,
            ],
        ),
        user(
            "aggregator",
            vec![Capability::Service(ServiceRole::Aggregator)],
        ),
        user("checkin", vec![Capability::Service(ServiceRole::Checkin)]),
        user("operator", vec![Capability::Service(ServiceRole::Operator)]),
    ];
    for user in &all {
        let Allowed { publish, subscribe } = user.allowed(&all);
        for open in [
            ">",
            "cardex.>",
            "$JS.>",
            "$JS.API.>",
            "$JS.ACK.>",
            "_INBOX.>",
            "$O.>",
        ] {
            assert!(!publish.contains(open), "{} publishes to {open}", user.name);
            assert!(
                !subscribe.contains(open),
                "{} subscribes to {open}",
                user.name
            );
        }
    }
    assert!(!authorization(&all).unwrap().contains("allow_responses"));
}

#[test]
fn departments_whose_names_join_alike_have_durables_of_their_own() {
    let one = board_durable(&token("a-b"), &token("c"));
    assert_ne!(one, board_durable(&token("a"), &token("b-c")));
}

#[test]
fn a_shared_name_and_a_hash_that_is_none_are_refused() {
    let twice = [user("a", Vec::new()), user("a", Vec::new())];
    assert_eq!(
        authorization(&twice),
        Err(PermissionsError::SameName("a".to_owned()))
    );
    let mut open = user("a", Vec::new());
    open.secret = Secret::Bcrypt("secret".to_owned());
    assert_eq!(
        authorization(&[open]),
        Err(PermissionsError::NotBcrypt("a".to_owned()))
    );
}

#[test]
fn capabilities_are_read_as_they_are_written_in_settings() {
    let read = |text: &str| text.parse::<Capability>();
    let (department, app) = (token("dining"), token("pos"));
    assert_eq!(
        read("observe:dining/pos"),
        Ok(Capability::Observe { department, app })
    );
    assert_eq!(read("stay"), Ok(Capability::Stay));
    let (department, app) = (token("floor"), token("screen"));
    assert_eq!(
        read("gateway:floor/screen"),
        Ok(Capability::Gateway { department, app })
    );
    let (department, name) = (token("floor"), token("pager"));
    assert_eq!(
        read("webhook:floor/pager"),
        Ok(Capability::Webhook { department, name })
    );
    assert_eq!(
        read("service:checkin"),
        Ok(Capability::Service(ServiceRole::Checkin))
    );
    for wrong in [
        "",
        "observe:dining",
        "board:",
        "board:*",
        "stay:x",
        "service:root",
        "observe:a/b/c",
        "gateway:floor",
        "webhook:floor/*",
    ] {
        assert_eq!(
            read(wrong),
            Err(PermissionsError::UnknownCapability(wrong.to_owned()))
        );
    }
}
