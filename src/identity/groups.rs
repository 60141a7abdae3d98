//! Which workloads share an identity: as many as Microsoft Entra could not tell apart anyway, or
//! that work in one environment; within what one identity takes.

use super::{MOST_CREDENTIALS, federations};
use crate::{
    platform::{Trust, Workload},
    resource::Term,
};
use std::collections::{BTreeMap, BTreeSet};

/// The subjects of each identity so far, by what those identities are called after; and the user of
/// those that are one for each user.
#[derive(Debug, Default)]
pub struct Groups {
    subjects: BTreeMap<String, BTreeSet<(Term, Term)>>,
    users: BTreeMap<String, String>,
}

impl Groups {
    /// What the identity of a workload is called after. What a key vouches for is one for each
    /// user, and what tokens vouch for is one for each environment or branch.
    pub fn label(&mut self, workload: &Workload, user: Option<&str>) -> String {
        let user = user.filter(|_| matches!(workload.trust, Trust::Unproven(_)));
        let label = match user.and_then(|it| it.split('@').next()) {
            Some(name) => name.to_owned(),
            None => workload.label.clone(),
        };
        let own = || federations(workload).iter().map(|it| (it.issuer.clone(), it.subject.clone()));
        // Whose tokens say the same, Entra cannot tell apart.
        let subjects: BTreeSet<(Term, Term)> = own().collect();
        let mut same = self.subjects.iter().filter(|(_, it)| !it.is_empty() && **it == subjects);
        if let Some((label, _)) = same.next() {
            return label.clone();
        }
        // What does not fit any more has an identity of its own.
        for n in 1.. {
            let label = if n == 1 { label.clone() } else { format!("{label}-{n}") };
            // Of another domain, the same name is another user.
            let is_other = |user: &str| {
                let known = self.users.entry(label.clone()).or_insert_with(|| user.to_owned());
                !known.eq_ignore_ascii_case(user)
            };
            if user.is_some_and(is_other) {
                continue;
            }
            let taken = self.subjects.entry(label.clone()).or_default();
            let new = own().filter(|it| !taken.contains(it)).count();
            if taken.len() + new <= MOST_CREDENTIALS || taken.is_empty() {
                taken.extend(own());
                return label;
            }
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{resource::Federation, text::Source};

    fn workload(label: &str, subjects: std::ops::Range<usize>) -> Workload {
        let federation = |n| Federation::new("https://issuer", format!("subject-{n}"));
        let trust = Trust::Federated(subjects.map(federation).collect());
        Workload::for_tests(&Source::new("a.yml", ""), label, trust)
    }

    #[test]
    fn an_identity_takes_no_more_than_twenty_credentials() {
        let mut groups = Groups::default();
        let mut label = |subjects| groups.label(&workload("main", subjects), None);
        assert_eq!(label(0..15), "main");
        assert_eq!(label(10..20), "main");
        assert_eq!(label(20..21), "main-2");
        assert_eq!(label(5..7), "main");
        assert_eq!(label(15..35), "main-2");
        assert_eq!(label(40..41), "main-3");
    }

    #[test]
    fn what_tokens_say_alike_shares_an_identity() {
        let mut groups = Groups::default();
        let mut label = |name, subjects| groups.label(&workload(name, subjects), None);
        assert_eq!(label("build", 0..2), "build");
        assert_eq!(label("deploy", 0..2), "build");
        // The other branches of what was there are to get no right of this one.
        assert_eq!(label("release", 1..2), "release");
        assert_eq!(label("machine", 0..0), "machine");
    }

    #[test]
    fn what_a_key_vouches_for_is_one_for_each_user() {
        let mut groups = Groups::default();
        let trust = Trust::Unproven(String::new());
        let workload = Workload::for_tests(&Source::new("a.sh", ""), "a", trust);
        assert_eq!(groups.label(&workload, Some("svc-deploy@contoso.com")), "svc-deploy");
        assert_eq!(groups.label(&workload, Some("svc-deploy@fabrikam.com")), "svc-deploy-2");
        assert_eq!(groups.label(&workload, Some("SVC-deploy@contoso.com")), "SVC-deploy");
        assert_eq!(groups.label(&workload, None), "a");
    }
}
