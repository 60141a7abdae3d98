//! A machine of one's own that nothing vouches for.

use super::{Platform, Trust};

pub(super) const PLATFORM: Platform = Platform {
    name: "server",
    title: "a server",
    stated: |_| {
        Trust::Unproven(
            "nothing vouches for a server outside of Azure (connected to Azure Arc, it would have a managed identity)"
                .to_owned(),
        )
    },
    ..Platform::PLAIN
};
