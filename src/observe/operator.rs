//! Who workid asks as, by what the operator's own tokens say.

use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// The user name, or the client ID of an application.
    pub name: String,
    pub object_id: String,
    pub tenant_id: String,
    /// A person, and no workload identity; `None` if the token does not say.
    pub is_user: Option<bool>,
    /// Whether that person has done multifactor authentication.
    pub mfa: bool,
    /// Of Microsoft Graph, where the token is an application's; `None` if it does not say.
    pub permissions: Option<Vec<String>>,
    /// The IDs of the directory roles that a user has.
    pub directory_roles: Option<Vec<String>>,
}

impl Operator {
    /// By the claims of the tokens for Azure Resource Manager and for Microsoft Graph.
    pub fn of(manager: &Value, graph: &Value) -> Operator {
        let text = |name: &str| manager[name].as_str().map(str::to_owned);
        let list = |claims: &Value, name: &str| -> Option<Vec<String>> {
            let found = claims.get(name)?.as_array()?;
            Some(found.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect())
        };
        let has = |name: &str, value: &str| {
            list(manager, name).is_some_and(|it| it.iter().any(|it| it == value))
        };
        let user = ["upn", "unique_name", "preferred_username"].into_iter().find_map(text);
        let client = || text("appid").or_else(|| text("azp")).unwrap_or_default();
        Operator {
            is_user: match text("idtyp").as_deref() {
                Some(kind) => Some(kind == "user"),
                None => user.as_ref().map(|_| true),
            },
            name: user.unwrap_or_else(client),
            object_id: text("oid").unwrap_or_default(),
            tenant_id: text("tid").unwrap_or_default(),
            mfa: has("amr", "mfa") || has("acrs", "p1"),
            permissions: list(graph, "roles"),
            directory_roles: list(graph, "wids"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_user_is_told_from_an_application() {
        let user = json!({ "idtyp": "user", "upn": "ada@contoso.com", "oid": "o", "tid": "t", "amr": ["pwd"] });
        let graph = json!({ "wids": ["62e90394-69f5-4237-9190-012177145e10"] });
        let ada = Operator::of(&user, &graph);
        assert_eq!(
            (ada.name.as_str(), ada.is_user, ada.mfa),
            ("ada@contoso.com", Some(true), false)
        );
        assert_eq!(ada.directory_roles.unwrap().len(), 1);
        let app = json!({ "idtyp": "app", "appid": "c", "amr": ["mfa"] });
        let app = Operator::of(&app, &json!({ "roles": ["Application.ReadWrite.All"] }));
        assert_eq!((app.name.as_str(), app.is_user), ("c", Some(false)));
        assert_eq!(app.permissions.unwrap(), ["Application.ReadWrite.All"]);
        assert_eq!(Operator::of(&json!({}), &json!({})).is_user, None);
    }
}
