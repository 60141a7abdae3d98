//! Packages that offer a sign-in to others: who signs in is the program that uses them.

use super::{
    Files, Found, may_run,
    units::{Unit, Units},
};
use crate::text::pattern;
use crate::{detect::Class, text::Source};
use regex::Regex;
use std::{collections::BTreeMap, sync::LazyLock};

const BECAUSE: &str = "the package that it belongs to offers this sign-in to others: what is to be changed is in the programs that use it";

/// The packages whose calls the rules find, and those that hand the user's name and password on
/// to such a one. Go names a module's parts behind a slash, .NET and Java behind a dot.
const PACKAGES: &[&str] = &[
    "@azure/identity",
    "@azure/ms-rest-nodeauth",
    "@azure/msal-common",
    "@azure/msal-node",
    "@pnp/cli-microsoft365",
    "adal",
    "adal-node",
    "azcollection",
    "azure-cli-core",
    "azure-common",
    "azure-identity",
    "Azure.Identity",
    "com.azure.identity",
    "com.microsoft.aad.adal4j",
    "com.microsoft.aad.msal4j",
    "com.microsoft.azure.credentials",
    "com.microsoft.sqlserver.jdbc",
    "github.com/Azure/azure-sdk-for-go",
    "github.com/Azure/go-autorest",
    "github.com/Azure/kubelogin",
    "github.com/AzureAD/microsoft-authentication-library-for-go",
    "github.com/denisenkom/go-mssqldb",
    "github.com/microsoft/go-mssqldb",
    "Microsoft.Azure.Management.ResourceManager.Fluent",
    "Microsoft.Data.SqlClient",
    "Microsoft.Identity.Client",
    "Microsoft.IdentityModel.Clients.ActiveDirectory",
    "Microsoft.PowerPlatform.Dataverse.Client",
    "Microsoft.Rest.Azure.Authentication",
    "Microsoft.SharePoint.Client",
    "ms-rest-azure",
    "msal",
    "msrestazure",
    "node-sp-auth",
    "Office365-REST-Python-Client",
    "OfficeDevPnP.Core",
    "PnP.Core",
    "PnP.Framework",
    "PnP.PowerShell",
    "shareplum",
    "SharePlum",
    "SharePointPnP.PowerShell",
    "tedious",
];

/// Files that say which package a folder holds.
const MANIFESTS: &[(&str, &[&str])] = &[
    ("go", &["go.mod"]),
    ("javascript", &["package.json"]),
    ("python", &["pyproject.toml", "setup.cfg", "setup.py", "galaxy.yml"]),
];

/// Tells the sign-ins of such packages from those of programs.
pub(super) fn mark(files: &dyn Files, units: &Units<'_>, found: &mut [Found]) {
    let mut known = BTreeMap::new();
    for it in found.iter_mut().filter(|it| may_run(&it.site)) {
        let unit = units.get(it.unit);
        let source = &units.sources[it.unit.source];
        let package = match unit.script.language {
            "csharp" | "java" | "kotlin" => declared(source),
            language => package(files, language, source, &mut known)
                .filter(|it| is_of(files, source, unit, it)),
        };
        if package.is_some_and(|it| is_known(&it)) {
            it.site.class = Class::Copied;
            it.site.because = Some(BECAUSE);
        }
    }
}

/// Who forks this one puts their own name before it.
const FORKED: &str = "microsoft-authentication-library-for-go";

fn is_known(package: &str) -> bool {
    let is_one = |known: &str| {
        package.strip_prefix(known).is_some_and(|it| it.is_empty() || it.starts_with(['.', '/']))
    };
    package.split('/').any(|it| it == FORKED) || PACKAGES.iter().any(|it| is_one(it))
}

/// The namespace or package that a file says it belongs to.
fn declared(source: &Source) -> Option<String> {
    static DECLARED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?m)^\s*(?:namespace|package)\s+([\w.]+)"));
    DECLARED.captures(source.raw()).map(|it| it[1].to_owned())
}

type Known = BTreeMap<(&'static str, String), Option<String>>;

/// The package of a file: what the nearest manifest above it says.
fn package(
    files: &dyn Files,
    language: &str,
    source: &Source,
    known: &mut Known,
) -> Option<String> {
    let (language, names) = MANIFESTS.iter().find(|(it, _)| *it == language)?;
    let mut folder = &*source.path;
    while !folder.is_empty() {
        folder = folder.rsplit_once('/').map_or("", |(it, _)| it);
        let own = known.entry((language, folder.to_owned())).or_insert_with(|| {
            let path = |name: &&str| match folder {
                "" => (*name).to_owned(),
                _ => format!("{folder}/{name}"),
            };
            let at = |name| files.at(&path(name)).filter(|_| files.has(&path(name)));
            names.iter().filter_map(at).find_map(|it| named(&it))
        });
        if own.is_some() {
            return own.clone();
        }
    }
    None
}

/// The name that a manifest gives.
fn named(manifest: &Source) -> Option<String> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(?m)^module\s+"?([^\s"]+)|^\s*name\s*[=:]\s*["']?([\w.-]+)|\bname\s*=\s*["']([\w.-]+)"#,
        )
    });
    if manifest.path.ends_with(".json") {
        let json: serde_json::Value = serde_json::from_str(manifest.raw()).ok()?;
        return json.get("name")?.as_str().map(str::to_owned);
    }
    let found = NAME.captures(manifest.raw())?;
    found.iter().skip(1).flatten().next().map(|it| it.as_str().to_owned())
}

/// Whether a file below a package's manifest is a part of the package or its tests, and no sample
/// that uses it.
fn is_of(files: &dyn Files, source: &Source, unit: &Unit, package: &str) -> bool {
    static MAIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^package\s+main\b"));
    static EXPORTS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?m)^\s*export\b|\bexports\b|^\s*(?:describe|test|it)\s*\("));
    match unit.script.language {
        "go" => !MAIN.is_match(source.raw()),
        // What belongs to a package does not import it by its name, and is there to be imported, or
        // to be tested.
        "javascript" => !unit.parsed.imports(package) && EXPORTS.is_match(source.raw()),
        _ => {
            let folder = source.path.rsplit_once('/').map_or("", |(it, _)| it);
            // What Ansible has for plug-ins are no packages of Python.
            let is_plugin = source.path.split('/').any(|it| it == "plugins");
            is_plugin || !folder.is_empty() && files.has(&format!("{folder}/__init__.py"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, scan::scan};

    const GO: &str = "func F() { azidentity.NewUsernamePasswordCredential(t, c, u, p, nil) }\n";
    const PYTHON: &str = "app.acquire_token_by_username_password(u, p, s)\n";
    const JAVASCRIPT: &str = "pca.acquireTokenByUsernamePassword({ username: u, password: p });\n";
    const CSHARP: &str = "class A { void F() { app.AcquireTokenByUsernamePassword(s, u, p); } }\n";

    fn class_of(files: &[(&str, String)]) -> Class {
        let sources: Vec<Source> = files.iter().map(|(path, it)| Source::new(path, it)).collect();
        let found = scan(&sources, &Repository::default());
        assert_eq!(found.sites.len(), 1, "{}", files[0].0);
        found.sites[0].class
    }

    #[test]
    fn what_offers_a_sign_in_is_told_from_what_uses_it() {
        let module = |name: &str| ("tools/go.mod", format!("module {name}\n\ngo 1.24\n"));
        let setup = |name: &str| ("setup.cfg", format!("[metadata]\nname = {name}\n"));
        let package = |name: &str| ("lib/package.json", format!("{{\"name\": \"{name}\"}}"));
        let init = |path| (path, String::new());
        let go = |of: &str| ("tools/a/b.go", format!("package {of}\n{GO}"));
        let kubelogin = "github.com/Azure/kubelogin";
        for files in [
            vec![go("token"), module(kubelogin)],
            vec![("msal/a.py", PYTHON.to_owned()), init("msal/__init__.py"), setup("msal")],
            vec![
                ("lib/src/a.ts", format!("export const t = {JAVASCRIPT}")),
                package("@azure/msal-node"),
            ],
            vec![("a.cs", format!("namespace Microsoft.Data.SqlClient.Tests;\n{CSHARP}"))],
            vec![("a.cs", format!("namespace PnP.PowerShell.Commands;\n{CSHARP}"))],
            vec![
                go("public"),
                module("github.com/contoso/microsoft-authentication-library-for-go/v2"),
            ],
            vec![
                ("plugins/module_utils/a.py", PYTHON.to_owned()),
                ("galaxy.yml", "namespace: azure\nname: azcollection\n".to_owned()),
            ],
        ] {
            assert_eq!(class_of(&files), Class::Copied, "{}", files[0].0);
        }
        let own = |name: &str| ("lib/samples/package.json", format!("{{\"name\": \"{name}\"}}"));
        let sample = "lib/samples/a.js";
        for files in [
            vec![go("token"), module("github.com/contoso/kubelogin")],
            vec![go("main"), module(kubelogin)],
            vec![("sample/a.py", PYTHON.to_owned()), setup("msal")],
            vec![
                ("plugins/modules/a.py", PYTHON.to_owned()),
                ("galaxy.yml", "namespace: contoso\nname: tools\n".to_owned()),
            ],
            vec![("msal/a.py", PYTHON.to_owned()), init("msal/__init__.py"), setup("deploy")],
            vec![(sample, JAVASCRIPT.to_owned()), own("sample"), package("@azure/msal-node")],
            vec![("lib/samples/b.ts", JAVASCRIPT.to_owned()), package("@azure/msal-node")],
            vec![
                (sample, format!("require('@azure/msal-node');\nexports.a = {JAVASCRIPT}")),
                package("@azure/msal-node"),
            ],
            vec![(
                "a.cs",
                format!("namespace Contoso;\nusing Microsoft.Identity.Client;\n{CSHARP}"),
            )],
            vec![("a.cs", format!("namespace Azure.IdentityTools;\n{CSHARP}"))],
            vec![("a.cs", format!("namespace PnP.Samples;\n{CSHARP}"))],
        ] {
            assert_eq!(class_of(&files), Class::UserIdentity, "{}", files[0].0);
        }
    }
}
