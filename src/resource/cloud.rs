//! The clouds of Azure: under which hosts their services are, and what tokens there are for.

use super::Service;
use serde::Deserialize;
use std::borrow::Cow;

/// A cloud. Requests go to its hosts and to no other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cloud {
    /// As the Azure CLI calls it.
    pub name: Cow<'static, str>,
    /// Where tokens come from: `https://login.microsoftonline.com`
    pub authority: Cow<'static, str>,
    pub resource_manager: Cow<'static, str>,
    pub graph: Cow<'static, str>,
    /// Azure DevOps, where it takes tokens of this cloud.
    #[serde(default)]
    pub devops: Option<Cow<'static, str>>,
    /// What tokens for federated identity credentials are for.
    pub audience: Cow<'static, str>,
}

pub const CLOUDS: &[Cloud] = &[
    Cloud {
        name: Cow::Borrowed("AzureCloud"),
        authority: Cow::Borrowed("https://login.microsoftonline.com"),
        resource_manager: Cow::Borrowed("https://management.azure.com"),
        graph: Cow::Borrowed("https://graph.microsoft.com"),
        devops: Some(Cow::Borrowed("https://dev.azure.com")),
        audience: Cow::Borrowed("api://AzureADTokenExchange"),
    },
    Cloud {
        name: Cow::Borrowed("AzureUSGovernment"),
        authority: Cow::Borrowed("https://login.microsoftonline.us"),
        resource_manager: Cow::Borrowed("https://management.usgovcloudapi.net"),
        graph: Cow::Borrowed("https://graph.microsoft.us"),
        devops: None,
        audience: Cow::Borrowed("api://AzureADTokenExchangeUSGov"),
    },
    Cloud {
        name: Cow::Borrowed("AzureChinaCloud"),
        authority: Cow::Borrowed("https://login.chinacloudapi.cn"),
        resource_manager: Cow::Borrowed("https://management.chinacloudapi.cn"),
        graph: Cow::Borrowed("https://microsoftgraph.chinacloudapi.cn"),
        devops: None,
        audience: Cow::Borrowed("api://AzureADTokenExchangeChina"),
    },
];

/// Azure public.
impl Default for Cloud {
    fn default() -> Cloud {
        CLOUDS[0].clone()
    }
}

impl Cloud {
    /// One that Microsoft runs, by the name that the Azure CLI has for it.
    pub fn named(name: &str) -> Option<&'static Cloud> {
        CLOUDS.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// Where a service is; `None` for one that this cloud has not.
    pub fn host(&self, service: Service) -> Option<&str> {
        match service {
            Service::ResourceManager => Some(&self.resource_manager),
            Service::Graph => Some(&self.graph),
            Service::DevOps => self.devops.as_deref(),
            // These are of no cloud, and stand in the plan.
            Service::GitHub | Service::GitLab | Service::ThisMachine => None,
        }
    }

    /// What a token has to be for, so that a service takes it.
    pub fn scope(&self, service: Service) -> String {
        let resource = match service {
            Service::Graph => &*self.graph,
            Service::DevOps => "499b84ac-1321-427f-aa17-267ca6975798",
            // The rest takes no token of Azure's.
            _ => &*self.resource_manager,
        };
        format!("{}/.default", resource.trim_end_matches('/'))
    }

    /// Why it cannot be used, if it cannot: a token never goes out in the clear.
    pub fn fault(&self) -> Option<String> {
        let hosts = [Some(&self.authority), Some(&self.resource_manager), Some(&self.graph)];
        let all = hosts.into_iter().chain([self.devops.as_ref()]).flatten();
        let bad = all.into_iter().find(|it| !it.starts_with("https://"))?;
        Some(format!("{bad} is no https address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_hosts_of_its_own_and_tokens_for_them_alone() {
        let hosts = |it: &Cloud| {
            [Service::ResourceManager, Service::Graph]
                .map(|service| it.host(service).unwrap().to_owned())
        };
        for (n, cloud) in CLOUDS.iter().enumerate() {
            assert_eq!(cloud.fault(), None);
            assert!(cloud.scope(Service::Graph).starts_with(&*cloud.graph));
            for other in &CLOUDS[n + 1..] {
                assert!(hosts(cloud).iter().all(|it| !hosts(other).contains(it)));
                assert_ne!(cloud.audience, other.audience);
            }
        }
        assert_eq!(Cloud::named("azureusgovernment").unwrap().name, "AzureUSGovernment");
        assert_eq!(Cloud::named("AzureUSGovernment").unwrap().host(Service::DevOps), None);
    }

    #[test]
    fn no_token_goes_out_in_the_clear() {
        let cloud = Cloud { graph: "http://graph.example".into(), ..Cloud::default() };
        assert!(cloud.fault().unwrap().contains("http://graph.example"));
    }
}
