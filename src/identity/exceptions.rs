//! Sign-ins that no workload identity is for, or none that workid can make: the reason, and what
//! to do instead.

use crate::{
    caveats::Caveat,
    platform::{self, Trust, Workload},
    resource::Cloud,
    scan::{Command, Site},
};

/// Where Microsoft gives people mailboxes of their own.
const PERSONAL: &[&str] =
    &["gmail", "googlemail", "hotmail", "live", "msn", "outlook", "passport", "yahoo"];

/// What accounts are called that are for the day when nothing else lets anybody in.
const BREAK_GLASS: &[&str] =
    &["breakglass", "break-glass", "break_glass", "emergencyaccess", "emergency-access"];

/// Why the user of a site is to have no workload identity in its place.
pub fn of_site(site: &Site, user: Option<&str>, planned: &str) -> Option<String> {
    if let Some(doubt) = site.doubt {
        return Some(format!("it may be no user's sign-in: {doubt}"));
    }
    // What is said of the place goes before what is said of the call.
    let unfit = site.reached.iter().find_map(|it| match &it.workload.trust {
        Trust::Unfit(why) => Some(why.clone()),
        _ => None,
    });
    if unfit.is_some() {
        return unfit;
    }
    if let Some(cloud) = site.cloud.as_deref().filter(|it| !it.eq_ignore_ascii_case(planned)) {
        return Some(other_cloud(cloud, planned));
    }
    if let Some(intent) = site.intent {
        return Some(format!("the sign-in itself is its purpose: {}", intent.because()));
    }
    obstacle(site).or_else(|| delegated(site)).or_else(|| of_user(user?))
}

/// What is to be done first; and what then, where it is workid that would plan it.
fn obstacle(site: &Site) -> Option<String> {
    let then = site.reached.iter().find_map(|it| match &it.workload.trust {
        Trust::Unstated(what) if site.rule.enforced => Some(format!(". Then: {what}")),
        _ => None,
    });
    Some(format!("{}{}", site.obstacle?, then.unwrap_or_default()))
}

/// What works for users alone would break once none is there.
fn delegated(site: &Site) -> Option<String> {
    let note = site.notes.iter().find(|it| it.caveat.delegated)?;
    let Command { name, path, line } = &note.command;
    let Caveat { summary, instead, .. } = note.caveat;
    Some(format!(
        "{name} ({path}:{line}) {summary}, which no workload identity can do: change it first, and plan again. {instead}"
    ))
}

fn of_user(user: &str) -> Option<String> {
    let (name, domain) = user.rsplit_once('@')?;
    let (name, domain) = (name.to_ascii_lowercase(), domain.to_ascii_lowercase());
    if BREAK_GLASS.iter().any(|it| name.contains(it)) {
        return Some(format!(
            "{user} is called like an account for emergencies, which is never for automation: keep it, with a passkey (FIDO2) or a certificate, change its password, and let a workload identity with roles of its own do this work"
        ));
    }
    let provider = domain.split('.').next().unwrap_or_default();
    PERSONAL.contains(&provider).then(|| {
        format!(
            "{user} is a personal account, which never could sign in with a password in a script, and has no roles that could be looked up: name in workid.yaml the user of the tenant whose roles are meant (user), and the roles (roles)"
        )
    })
}

/// What is to be done where the cloud is another one, or may be.
fn other_cloud(cloud: &str, planned: &str) -> String {
    if is_stack(cloud) {
        let stack = platform::by_name("azure-stack-hub").map(|it| (it.stated)(&Default::default()));
        if let Some(Trust::Unfit(why)) = stack {
            return why;
        }
    }
    if cloud.contains('$') {
        return format!(
            "{cloud} says to which cloud it signs in, and this plan is for {planned}: write {planned} in its place if that is it, and plan again; Azure Stack Hub takes service principals with a certificate alone"
        );
    }
    let audience = match Cloud::named(cloud) {
        Some(Cloud { audience, .. }) => format!(
            ". Azure does not demand multifactor authentication there yet, but the same kind of identity is for it; its credentials have the audience {audience}"
        ),
        None => String::new(),
    };
    format!(
        "it signs in to another cloud ({cloud}), and this plan is for {planned}: plan that part with --cloud {cloud}{audience}"
    )
}

/// Names of environments are anybody's choice, and of Azure Stack's most hold its name.
fn is_stack(cloud: &str) -> bool {
    cloud.to_ascii_lowercase().contains("azurestack")
}

/// A managed identity is known in its own tenant alone.
pub(super) fn other_tenant(workload: &Workload, tenant: &str) -> String {
    let proof = match &workload.trust {
        Trust::AzureHosted { .. } => {
            "let it trust the managed identity of what runs this (issuer https://login.microsoftonline.com/TENANT/v2.0 of that identity's tenant, subject its principal ID)"
        }
        Trust::Federated(_) => "let it trust the tokens of its platform",
        Trust::Unproven(_) | Trust::Unstated(_) | Trust::Unfit(_) => "give it a certificate",
    };
    format!(
        "it works on the tenant {tenant}, in which no managed identity of another tenant can have roles: make an application there, or one for several tenants, {proof}, and assign its roles there"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::AZURE_PUBLIC;
    use crate::{platform::Repository, scan::scan, text::Source};

    #[test]
    fn a_script_for_a_stack_is_told_so_whatever_its_environment_is_called() {
        let text = "Add-AzEnvironment -Name $name -ArmEndpoint $arm\nConnect-AzAccount -Environment $name -Credential $c\n";
        let found = scan(&[Source::new("a.ps1", text)], &Repository::default());
        assert!(of_site(&found.sites[0], None, AZURE_PUBLIC).unwrap().contains("Azure Stack Hub"));
    }

    #[test]
    fn what_only_a_user_can_do_is_to_be_changed_first() {
        let of = |follows: &str| {
            let text = format!("az login -u a@contoso.com -p \"$P\"\n{follows}\n");
            of_site(
                &scan(&[Source::new("a.sh", &text)], &Repository::default()).sites[0],
                None,
                AZURE_PUBLIC,
            )
        };
        let why = of("az rest --url https://graph.microsoft.com/v1.0/me").unwrap();
        assert!(why.starts_with("az rest (a.sh:2)") && why.contains("/users/ID"), "{why}");
        assert_eq!(of("az rest --url https://graph.microsoft.com/v1.0/users"), None);
        // What is easily said in other words is told, and stops nothing.
        assert_eq!(of("az ad signed-in-user show"), None);
    }

    #[test]
    fn what_is_to_be_done_first_is_told_with_what_comes_then() {
        let text = "Login-AzureRmAccount -Credential (Get-AutomationPSCredential -Name x)\n";
        let found = scan(&[Source::new("a.ps1", text)], &Repository::default());
        let why = of_site(&found.sites[0], None, AZURE_PUBLIC).unwrap();
        assert!(
            why.starts_with("AzureRM") && why.contains(". Then: let it sign in with the managed"),
            "{why}"
        );
    }

    #[test]
    fn personal_accounts_and_those_for_emergencies_are_told_by_their_names() {
        assert!(of_user("maria@outlook.com").unwrap().contains("personal"));
        assert!(of_user("maria@hotmail.co.jp").unwrap().contains("personal"));
        assert!(of_user("BreakGlass01@contoso.com").unwrap().contains("emergencies"));
        assert_eq!(of_user("svc-outlook@contoso.com"), None);
        assert_eq!(of_user("$USER_NAME"), None);
    }

    #[test]
    fn a_cloud_has_an_audience_of_its_own() {
        assert!(
            other_cloud("AzureUSGovernment", AZURE_PUBLIC)
                .ends_with("api://AzureADTokenExchangeUSGov")
        );
        assert!(
            other_cloud("AzureChinaCloud", AZURE_PUBLIC)
                .ends_with("api://AzureADTokenExchangeChina")
        );
        assert!(other_cloud("AzureStackAdmin", AZURE_PUBLIC).contains("Azure Stack Hub"));
        assert!(other_cloud("Mine", AZURE_PUBLIC).ends_with("--cloud Mine"));
        assert!(other_cloud("$cloud.Name", AZURE_PUBLIC).starts_with("$cloud.Name says"));
    }
}
