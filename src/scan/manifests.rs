//! Files that say with which versions of programs and libraries the files beside and below them run.

use super::{Files, Site};
use std::collections::BTreeMap;

/// By name, or by how a name begins and ends.
const MANIFESTS: &[(&str, &str)] = &[
    ("", ".csproj"),
    ("", ".fsproj"),
    ("", ".dockerfile"),
    ("", "requirements.txt"),
    ("build.gradle", ""),
    ("constraints", ".txt"),
    ("containerfile", ""),
    ("directory.packages.props", ""),
    ("dockerfile", ""),
    ("environment.y", "ml"),
    ("go.mod", ""),
    ("install", ".ps1"),
    ("install", ".sh"),
    ("package.json", ""),
    ("packages.config", ""),
    ("pipfile", ""),
    ("pom.xml", ""),
    ("pyproject.toml", ""),
    ("requirements", ".psd1"),
    ("requirements", ".txt"),
    ("setup", ".cfg"),
    ("setup", ".ps1"),
    ("setup", ".py"),
    ("setup", ".sh"),
];

/// Whether a file of this name is one.
pub fn states_versions(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    // What is locked stands in a file that says it, too.
    MANIFESTS.iter().any(|(from, to)| name.starts_with(from) && name.ends_with(to))
        && !name.ends_with(".lock")
}

/// No project has more.
const MOST: usize = 50;

/// The manifests of each site, by their paths: those in its folder, and in the folders around that. The
/// nearest are the first.
pub(super) fn find<'s>(files: &dyn Files, sites: impl Iterator<Item = &'s mut Site>) {
    let mut known: Option<BTreeMap<String, Vec<String>>> = None;
    for site in sites {
        let by_folder = known.get_or_insert_with(|| {
            let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for path in files.paths(&states_versions) {
                all.entry(folder(&path).to_owned()).or_default().push(path);
            }
            all
        });
        let mut around = Some(folder(&site.path));
        while let Some(it) = around {
            let near = by_folder.get(it).into_iter().flatten().filter(|it| **it != site.path);
            site.manifests.extend(near.take(MOST - site.manifests.len()).cloned());
            around = (!it.is_empty()).then(|| folder(it));
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(it, _)| it)
}

#[cfg(test)]
mod tests {
    use crate::{platform::Repository, scan::scan, text::Source};

    #[test]
    fn a_manifest_is_for_what_stands_beside_and_below_it() {
        let files = ["a/b/x.sh", "requirements.txt", "a/App.csproj", "a/b/c/go.mod", "d/pom.xml"];
        let text = "az login -u a@b.c -p \"$P\"\n";
        let sources: Vec<Source> = files.iter().map(|it| Source::new(it, text)).collect();
        let found = scan(&sources, &Repository::default());
        let site = found.sites.iter().find(|it| it.path == "a/b/x.sh").unwrap();
        assert_eq!(site.manifests, ["a/App.csproj", "requirements.txt"]);
    }
}
