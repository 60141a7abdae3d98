//! Everything the tenant remembers: one value, one JSON file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, seed};

/// The shape of the file. It goes up when an older file can no longer be read.
const VERSION: u32 = 1;

/// Sets the names this tenant makes up apart from those of anything else.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_8a52_30d4_4b7e_9a55_1d0c_7e42_b963);

/// The time at which everything in this tenant happens, so that two runs give the same answers.
pub(super) const CLOCK: &str = "2026-01-01T00:00:00Z";

/// Objects by their id.
pub(super) type Objects = BTreeMap<String, Value>;

/// The tenant. Objects are kept as they are answered; what no answer may hold is kept beside them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    pub(super) version: u32,
    /// Signs tokens. Kept, so that a token outlives a restart.
    pub(super) signing_key: String,
    /// The keys of issuers outside the tenant, by which their tokens are known.
    #[serde(default)]
    pub(super) issuer_keys: BTreeMap<String, String>,
    /// See [`super::Options::rehearsal`].
    #[serde(skip)]
    pub(super) rehearsal: bool,
    /// What exists, and is not known everywhere yet: principals and credentials by their id.
    #[serde(skip)]
    pub(super) hidden: BTreeSet<String>,
    /// How often each thing has been made: what is deleted and made again is another one.
    made: BTreeMap<String, u32>,

    pub(super) users: Objects,
    pub(super) groups: Objects,
    pub(super) applications: Objects,
    pub(super) service_principals: Objects,
    /// The members of each group.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
    /// The federated credentials of each application, by their names.
    pub(super) federated_credentials: BTreeMap<String, Objects>,
    /// Passwords, by the user or by the credential they belong to.
    pub(super) secrets: BTreeMap<String, String>,
    /// Users who must do MFA when they sign in.
    pub(super) must_do_mfa: BTreeSet<String>,
    /// Principals who may change the directory and Azure DevOps.
    pub(super) administrators: BTreeSet<String>,

    /// Everything with an ARM id, from groups to role assignments, by that id in lower case.
    pub(super) resources: Objects,

    /// The Activity Log, the oldest event first.
    #[serde(default)]
    pub(super) activity: Vec<Value>,

    /// Who has which application permissions.
    #[serde(default)]
    pub(super) app_role_assignments: Objects,

    pub(super) projects: Objects,
    pub(super) service_connections: Objects,

    /// The variables of GitHub and GitLab, by where they are and what they are called.
    #[serde(default)]
    pub(super) variables: Objects,
}

impl State {
    /// A tenant with nothing in it.
    pub(super) fn empty(signing_key: String) -> State {
        State {
            version: VERSION,
            signing_key,
            issuer_keys: BTreeMap::new(),
            rehearsal: false,
            hidden: BTreeSet::new(),
            made: BTreeMap::new(),
            users: Objects::new(),
            groups: Objects::new(),
            applications: Objects::new(),
            service_principals: Objects::new(),
            members: BTreeMap::new(),
            federated_credentials: BTreeMap::new(),
            secrets: BTreeMap::new(),
            must_do_mfa: BTreeSet::new(),
            administrators: BTreeSet::new(),
            resources: Objects::new(),
            activity: Vec::new(),
            app_role_assignments: Objects::new(),
            projects: Objects::new(),
            service_connections: Objects::new(),
            variables: Objects::new(),
        }
    }

    /// Loads the file, or begins with the seed if there is none yet.
    pub(super) fn open(path: &Path) -> Result<State, Error> {
        let at = || path.to_owned();
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let state = seed::tenant();
                state.save(path)?;
                return Ok(state);
            }
            Err(source) => return Err(Error::Read { path: at(), source }),
        };
        let file: Value =
            serde_json::from_slice(&text).map_err(|source| Error::Broken { path: at(), source })?;
        match &file["version"] {
            found if *found == VERSION => {}
            found => {
                return Err(Error::Version {
                    path: at(),
                    found: found.to_string(),
                    known: VERSION,
                });
            }
        }
        serde_json::from_value(file).map_err(|source| Error::Broken { path: at(), source })
    }

    /// Writes the file in one step: whoever opens it finds the old state or the new one, whole.
    pub(super) fn save(&self, path: &Path) -> Result<(), Error> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
            let mut text = serde_json::to_vec_pretty(self)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// A new id for what is described: the same in every run, another one for each making.
    pub(super) fn mint(&mut self, what: &str) -> String {
        let what = what.to_lowercase();
        let made = self.made.entry(what.clone()).or_default();
        *made += 1;
        Uuid::new_v5(&NAMESPACE, format!("{what}#{made}").as_bytes()).to_string()
    }

    /// The principal with this object id, and what Azure calls its kind.
    pub(super) fn principal(&self, id: &str) -> Option<(&'static str, &Value)> {
        let kinds = [
            ("User", &self.users),
            ("Group", &self.groups),
            ("ServicePrincipal", &self.service_principals),
        ];
        kinds.into_iter().find_map(|(kind, objects)| Some((kind, objects.get(id)?)))
    }

    /// The service principal of an application or managed identity, by its client id.
    pub(super) fn service_principal(&self, client_id: &str) -> Option<&Value> {
        let mut all = self.service_principals.values();
        all.find(|principal| {
            principal["appId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(client_id))
        })
    }

    /// The application with this client id.
    pub(super) fn application(&self, client_id: &str) -> Option<&Value> {
        let mut all = self.applications.values();
        all.find(|app| app["appId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(client_id)))
    }

    /// Adds the service principal of an application.
    pub(super) fn add_service_principal(&mut self, client_id: &str, name: &str) -> &mut Value {
        self.add_principal(client_id, name, "Application", Vec::new())
    }

    /// Adds the service principal of the managed identity that an ARM resource is or has.
    /// Returns its object id and its client id.
    pub(super) fn add_managed_identity(
        &mut self,
        arm_id: &str,
        name: &str,
        shared: bool,
    ) -> (String, String) {
        let client_id = self.mint(&format!("client of {arm_id}"));
        let explicit = if shared { "isExplicit=True" } else { "isExplicit=False" };
        let names = vec![explicit.to_owned(), arm_id.to_owned()];
        let principal = self.add_principal(&client_id, name, "ManagedIdentity", names);
        (text(&principal["id"]), client_id)
    }

    fn add_principal(
        &mut self,
        client_id: &str,
        name: &str,
        kind: &str,
        other_names: Vec<String>,
    ) -> &mut Value {
        let id = self.mint(&format!("service principal of {client_id}"));
        let principal = json!({
            "id": id,
            "appId": client_id,
            "displayName": name,
            "appDisplayName": name,
            "appOwnerOrganizationId": super::TENANT_ID,
            "accountEnabled": true,
            "alternativeNames": other_names,
            "servicePrincipalNames": [client_id],
            "servicePrincipalType": kind,
        });
        self.service_principals.entry(id).or_insert(principal)
    }
}

/// A string inside a value; empty when there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
