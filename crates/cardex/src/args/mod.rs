//! Flags that several commands share, and what they mean.

pub(crate) mod about;
pub(crate) mod departments;
pub(crate) mod details;
pub(crate) mod identifiers;
pub(crate) mod reader;
pub(crate) mod section;
pub(crate) mod statements;
pub(crate) mod whom;

use cardex_domain::event::{ExternalProfile, Publisher, Purpose};
use cardex_domain::ids::{AppId, DepartmentId, IdError, PropertyId, Room};
use cardex_wire::EventSubject;
use clap::Args;

/// Which department speaks, through which app.
#[derive(Debug, Clone, Args)]
pub(crate) struct DepartmentArgs {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) property: PropertyId,
    /// The department that speaks
    #[arg(long, value_name = "DEPARTMENT")]
    pub(crate) department: DepartmentId,
    /// The app it speaks through
    #[arg(long, value_name = "APP", default_value = "staff")]
    app: AppId,
}

impl DepartmentArgs {
    /// The department.
    pub(crate) fn department(&self) -> &DepartmentId {
        &self.department
    }

    /// The same as the publisher of an event.
    pub(crate) fn publisher(&self) -> Publisher {
        Publisher {
            property: Some(self.property.clone()),
            department: Some(self.department.clone()),
            app: Some(self.app.clone()),
        }
    }
}

impl From<&DepartmentArgs> for EventSubject {
    /// Where the department's observations go.
    fn from(args: &DepartmentArgs) -> Self {
        Self::Observation {
            property: args.property.clone(),
            department: args.department.clone(),
            app: args.app.clone(),
        }
    }
}

/// A room, as a flag's value.
pub(crate) fn parse_room(text: &str) -> Result<Room, IdError> {
    Room::new(text)
}

/// A profile of another system, written `<system>/<id>`.
pub(crate) fn parse_purpose(text: &str) -> Result<Purpose, String> {
    match text {
        "business" => Ok(Purpose::Business),
        "leisure" => Ok(Purpose::Leisure),
        "family" => Ok(Purpose::Family),
        _ => Err("a purpose is business, leisure or family".to_owned()),
    }
}

pub(crate) fn parse_profile(text: &str) -> Result<ExternalProfile, String> {
    match text.split_once('/') {
        Some((pms, id)) if !pms.is_empty() && !id.is_empty() => Ok(ExternalProfile {
            pms: pms.into(),
            id: id.into(),
        }),
        _ => Err("a profile is written SYSTEM/ID, such as opera/4711".to_owned()),
    }
}
