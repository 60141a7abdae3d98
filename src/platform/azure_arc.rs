//! Servers outside of Azure that Azure Arc manages.

use super::Platform;

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-arc",
    title: "Azure Arc",
    hosts: &["microsoft.hybridcompute/machines"],
    ..Platform::PLAIN
};
