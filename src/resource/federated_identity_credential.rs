//! Which tokens of another issuer an identity trusts.

use super::{
    Address, Cloud, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, Term,
    output, pick, right, user_assigned_identity::API_VERSION,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What Microsoft Entra takes from a token of another issuer. Each of the three has to be equal,
/// letter by letter and case by case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    pub issuer: Term,
    pub subject: Term,
    pub audience: String,
}

impl Federation {
    /// One for Azure public.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Federation {
        Federation {
            issuer: Term::Known(issuer.into()),
            subject: Term::Known(subject.into()),
            audience: Cloud::default().audience.into_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederatedIdentityCredential {
    pub identity: Address,
    pub owner: Owner,
    pub name: String,
    pub federation: Federation,
}

/// Where the credential is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    UserAssignedIdentity,
    Application,
}

impl FederatedIdentityCredential {
    /// A name that Azure takes (3 to 120 letters, digits, `-` and `_`), one for each subject:
    /// subjects hold characters that names may not, so a digest tells apart what looks alike.
    pub fn name_for(subject: &str) -> String {
        let digest =
            uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, subject.as_bytes()).simple().to_string();
        let mut name = super::UserAssignedIdentity::name_for(&[subject]);
        name.truncate(100);
        format!("{}-{}", name.trim_end_matches('-'), &digest[..8])
    }

    fn write(&self, path: String, properties: Value) -> Request {
        match self.owner {
            Owner::UserAssignedIdentity => Request::arm(Method::Put, path, API_VERSION)
                .body(json!({ "properties": properties })),
            Owner::Application => Request::graph(Method::Patch, path)
                .body(properties)
                .create_if_missing()
                .patience(&["Request_ResourceNotFound"]),
        }
    }

    fn path(&self, known: &Known) -> Option<String> {
        let id = output(known, &self.identity, "id")?;
        Some(match self.owner {
            Owner::UserAssignedIdentity => {
                format!("{id}/federatedIdentityCredentials/{}", self.name)
            }
            Owner::Application => {
                format!(
                    "/v1.0/applications/{id}/federatedIdentityCredentials(name='{}')",
                    self.name
                )
            }
        })
    }
}

impl Noun for FederatedIdentityCredential {
    fn title(&self) -> String {
        format!("federated identity credential {}", self.name)
    }

    fn needs(&self) -> Vec<&Address> {
        let Federation { issuer, subject, .. } = &self.federation;
        [Some(&self.identity), issuer.needs(), subject.needs()].into_iter().flatten().collect()
    }

    /// Azure answers 409 when two credentials of one identity are written at once.
    fn one_at_a_time(&self) -> Option<Address> {
        Some(self.identity.clone())
    }

    fn rights(&self) -> Vec<Right> {
        match self.owner {
            Owner::UserAssignedIdentity => vec![Right::of(
                "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
                &self.identity,
            )],
            Owner::Application => vec![Right::Directory(&right::APPLICATIONS)],
        }
    }

    fn look(&self, known: &Known) -> Option<Request> {
        let path = self.path(known)?;
        Some(match self.owner {
            Owner::UserAssignedIdentity => Request::arm(Method::Get, path, API_VERSION),
            Owner::Application => Request::graph(Method::Get, path),
        })
    }

    fn make(&self, known: &Known, _: Option<&Value>) -> Option<Request> {
        let properties = json!({
            "issuer": self.federation.issuer.resolve(known)?,
            "subject": self.federation.subject.resolve(known)?,
            "audiences": [self.federation.audience],
        });
        Some(self.write(self.path(known)?, properties))
    }

    fn outputs(&self, known: &Known, answer: &Value) -> Outputs {
        let mut outputs = pick(answer, &[("id", "/id")]);
        outputs.0.extend(self.path(known).map(|it| ("path".to_owned(), it)));
        outputs
    }

    fn differences(&self, known: &Known, found: &Value) -> Vec<Difference> {
        let properties = found.get("properties").unwrap_or(found);
        let term = |it: &Term| it.resolve(known).unwrap_or_default();
        let Federation { issuer, subject, audience } = &self.federation;
        [
            Difference::check("issuer", &term(issuer), properties, "/issuer"),
            Difference::check("subject", &term(subject), properties, "/subject"),
            Difference::check("audience", audience, properties, "/audiences/0"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        let found = current.get("properties").unwrap_or(current);
        Some(
            ["issuer", "subject", "audiences"]
                .into_iter()
                .map(|it| (it, found[it].clone()))
                .collect(),
        )
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let path = remains.outputs.0.get("path")?.clone();
        Some(match (remains.before, self.owner) {
            (Some(before), _) => self.write(path, before.clone()),
            (None, Owner::UserAssignedIdentity) => Request::arm(Method::Delete, path, API_VERSION),
            (None, Owner::Application) => Request::graph(Method::Delete, path),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_by_azure_and_differ_where_subjects_differ() {
        let a = FederatedIdentityCredential::name_for("repo:contoso/web:environment:prod");
        let b = FederatedIdentityCredential::name_for("repo:contoso/web:environment.prod");
        assert!(a.starts_with("repo-contoso-web-environment-prod-"));
        assert_ne!(a, b);
        assert!(FederatedIdentityCredential::name_for(&"x".repeat(600)).len() <= 120);
    }
}
