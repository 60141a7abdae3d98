//! What whoever makes a thing must be allowed to do, and who else could make it.

use super::{Address, Scope};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Of Azure Resource Manager.
    Action { action: String, at: Place },
    /// Of Microsoft Entra: an application has one of these permissions, a user one of these roles.
    Directory(&'static Directory),
    /// Of Azure DevOps, which does not tell who may do what, or of GitHub or GitLab, whose projects do.
    Project(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Scope(Scope),
    /// Where that thing is, which may not be there yet.
    Of(Address),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Directory {
    pub permissions: &'static [&'static str],
    /// With the ID of the role's template.
    pub roles: &'static [(&'static str, &'static str)],
}

const GLOBAL: (&str, &str) = ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10");

/// To register an application, and to give it a service principal and credentials.
pub(super) const APPLICATIONS: Directory = Directory {
    permissions: &[
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "Directory.ReadWrite.All",
    ],
    roles: &[
        ("Application Developer", "cf1c38e5-3621-4004-a7cb-879624dced7c"),
        ("Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
        ("Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7"),
        GLOBAL,
    ],
};

/// To give an identity a permission of an application, such as Microsoft Graph's.
pub(super) const APP_ROLES: Directory = Directory {
    permissions: &["AppRoleAssignment.ReadWrite.All"],
    roles: &[("Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814"), GLOBAL],
};

/// Who may make what the operator may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approver {
    IdentityTeam,
    SubscriptionOwner,
    CiAdministrator,
}

impl Approver {
    pub fn title(self) -> &'static str {
        match self {
            Approver::IdentityTeam => "the identity team",
            Approver::SubscriptionOwner => "the owner of the subscription",
            Approver::CiAdministrator => "the administrator of the CI system",
        }
    }
}

impl Right {
    pub(super) fn on(action: impl Into<String>, scope: &Scope) -> Right {
        Right::Action { action: action.into(), at: Place::Scope(scope.clone()) }
    }

    pub(super) fn of(action: &str, address: &Address) -> Right {
        Right::Action { action: action.to_owned(), at: Place::Of(address.clone()) }
    }

    pub fn approver(&self) -> Approver {
        match self {
            Right::Action { .. } => Approver::SubscriptionOwner,
            Right::Directory(_) => Approver::IdentityTeam,
            Right::Project(_) => Approver::CiAdministrator,
        }
    }
}
