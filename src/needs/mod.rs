//! What the commands after a sign-in need: actions of Azure, and where.

/// An action that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// `Microsoft.Web/sites/write`
    pub action: String,
    pub plane: Plane,
    pub reach: Reach,
    /// The option that makes it needed, if that is not the command alone.
    pub option: Option<String>,
    /// It is asked for on every way through the command.
    pub sure: bool,
}

/// In which list of a role an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// `actions`: Azure Resource Manager.
    Control,
    /// `dataActions`: the service itself.
    Data,
}

/// The narrowest scope that the arguments show. Names are as they are written, and those of
/// variables are followed to what is written out; a subscription that is `None` is the one in force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    ManagementGroup(String),
    Subscription(Option<String>),
    ResourceGroup {
        subscription: Option<String>,
        group: String,
    },
    Resource {
        subscription: Option<String>,
        /// `None` where the command finds the resource by its name alone.
        group: Option<String>,
        /// `Microsoft.Web/sites`
        kind: String,
        name: String,
    },
    /// It is computed, or nothing that is written out says it.
    Unknown,
}
