use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::vendors::Vendors;

/// Reads a file of vendors with a webhook of this URL and whatever else is said of it.
fn read(url: &str, more: &str, secret: &str) -> Result<Vendors, String> {
    let directory = tempfile::tempdir().unwrap();
    let (file, secret_file) = (
        directory.path().join("vendors.toml"),
        directory.path().join("s"),
    );
    std::fs::write(&secret_file, secret).unwrap();
    std::fs::set_permissions(&secret_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "[[webhook]]\nname = \"pager\"\nproperty = \"macau\"\ndepartment = \"floor\"\nurl = \"{url}\"\n\
         secret_file = \"{}\"\n{more}\n",
        secret_file.display()
    );
    std::fs::write(&file, text).unwrap();
    let told = |error: &dyn std::error::Error| {
        let chain = std::iter::successors(Some(error), |error| error.source());
        chain
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    };
    let vendors = Vendors::read(&file).map_err(|error| told(&error))?;
    vendors.check().map_err(|error| told(&error))?;
    Ok(vendors)
}

#[test]
fn boards_leave_the_machine_over_tls_alone_unless_it_is_said_otherwise() {
    let secret = secret_of([7; FRESH_SECRET_BYTES]);
    for (url, more, says) in [
        ("https://vendor.example/boards?hotel=1", "", ""),
        ("http://127.0.0.1:8080/", "", ""),
        ("http://[::1]:8080/", "", ""),
        ("http://localhost/", "", ""),
        ("http://vendor.example/", "", "in the clear"),
        ("http://127.0.0.1.vendor.example/", "", "in the clear"),
        ("http://vendor.example/", "allow_http = true", ""),
        ("ftp://vendor.example/", "", "must be https://"),
        ("https://user:word@vendor.example/", "", "without user"),
        ("/boards", "", "must be https://"),
        (
            "https://vendor.example/",
            "ca_file = '/nowhere'",
            "certificates of /nowhere",
        ),
        (
            "https://vendor.example/",
            "retries = 3",
            "unknown field `retries`",
        ),
    ] {
        let found = read(url, more, &secret).err().unwrap_or_default();
        assert!(
            found.contains(says) && found.is_empty() == says.is_empty(),
            "{url}: {found}"
        );
    }
    let found = read("https://vendor.example/", "", "hunter2").unwrap_err();
    assert!(
        found.contains("whsec_") && !found.contains("hunter2"),
        "{found}"
    );
}
