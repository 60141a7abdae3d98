//! A person's own machine, with that person present.

use super::{Platform, Run, Trust};

pub(super) const PLATFORM: Platform = Platform {
    name: "laptop",
    title: "a person",
    run: Run::Attended,
    stated: |_| Trust::Unfit(UNFIT.to_owned()),
    ..Platform::PLAIN
};

const UNFIT: &str = "a person runs it, as whom it has to act: take the password out, and let that person sign in with az login or Connect-AzAccount, which ask for multifactor authentication; what is to run without a person goes to a machine or pipeline with an identity of its own";
