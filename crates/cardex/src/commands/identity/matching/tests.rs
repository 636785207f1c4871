use std::path::Path;

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
enum Line {
    Fit(Fit),
    Match(Match),
}

async fn run(words: &[&str]) -> anyhow::Result<()> {
    match Line::try_parse_from([&["identity"], words].concat())? {
        Line::Fit(fit) => fit.run().await,
        Line::Match(find) => find.run().await,
    }
}

const TABLE: &str = "\
no,surname, first,born,mail,who
1,Lindqvist,Anna,1980-03-04,anna.lindqvist@x.test,rec-7-org
2,Lindquist,Anna,1980-03-04,anna.lindqvist@x.test,rec-7-dup-0
3,曾,伟明,1975-01-02,weiming@x.test,rec-8-org
4,曾,偉明,1975-02-01,weiming@x.test,rec-8-dup-0
5,Carvalho,Rui,1990-07-21,rui@x.test,rec-9-org
6,,,,,rec-10-org
7,too,many,columns,in,it,now
";
const COLUMNS: &str = "id=no,family=surname,given=first,birth=born,email=mail";

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_goes_in_and_pairs_come_out() {
    let directory = tempfile::tempdir().unwrap();
    let [table, weights, pairs] =
        ["t.csv", "w.toml", "p.csv"].map(|name| directory.path().join(name));
    std::fs::write(&table, TABLE).unwrap();
    run(&[
        "fit",
        path(&table),
        "--columns",
        COLUMNS,
        "--out",
        path(&weights),
    ])
    .await
    .unwrap();
    assert!(Weights::parse(&std::fs::read_to_string(&weights).unwrap()).is_ok());
    for with in [None, Some(path(&weights))] {
        let mut words = vec![
            "match",
            path(&table),
            "--columns",
            COLUMNS,
            "--pairs",
            path(&pairs),
            "--json",
            "--explain",
        ];
        words.extend(["--truth", "who:digits"]);
        words.extend(with.into_iter().flat_map(|weights| ["--weights", weights]));
        run(&words).await.unwrap();
        let found = std::fs::read_to_string(&pairs).unwrap();
        let mut ids: Vec<&str> = found.lines().skip(1).map(|line| &line[..3]).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["1,2", "3,4"], "{found}");
        assert!(
            found.contains("email same +") && !found.contains("Lindqvist"),
            "{found}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_before_anything_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let [table, weights] = ["t.csv", "w.toml"].map(|name| directory.path().join(name));
    std::fs::write(&table, TABLE).unwrap();
    std::fs::write(&weights, "format = 2").unwrap();
    let table = path(&table);
    assert!(
        run(&["match", table, "--columns", "family=last"])
            .await
            .is_err()
    );
    assert!(
        run(&["match", table]).await.is_err(),
        "no column is called like a part"
    );
    assert!(
        run(&["match", table, "--columns", COLUMNS, "--truth", "person"])
            .await
            .is_err()
    );
    assert!(
        run(&[
            "match",
            table,
            "--columns",
            COLUMNS,
            "--weights",
            path(&weights)
        ])
        .await
        .is_err()
    );
    assert!(
        run(&["match", table, "--columns", COLUMNS, "--threshold", "2"])
            .await
            .is_err()
    );
}
