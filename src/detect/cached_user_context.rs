//! A sign-in that a user once made, carried to where nobody is.

use super::{CONTAINERS, Class, EVERYWHERE, Login, Rule};
use crate::lang::{Call, Entry, Item, Parsed, Value, Word};
use crate::text::pattern;
use regex::Regex;
use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

pub(super) const RULE: Rule = Rule {
    id: "cached-user-context",
    summary: "signs in to Azure with a sign-in that somebody saved before",
    explanation: "The Azure CLI keeps its sign-in in the folder .azure of the user's home, and Azure PowerShell can save \
                  its own as a file (`Save-AzContext`) or keep it for later sessions (`Enable-AzContextAutosave`). What \
                  is brought from there into a container, a job or another session (or pointed at by AZURE_CONFIG_DIR) signs in \
                  without asking, as \
                  whoever was signed in: mostly a user, whose token ends after days and cannot be got anew without \
                  multifactor authentication. The files do not show who that was, so every such place is in doubt; one \
                  where the same script signs in as a workload is let pass.",
    instead: "A sign-in of the workload's own in the place where the saved one is used: `az login --identity` and \
              `Connect-AzAccount -Identity` where Azure runs it, the pipeline's own federated sign-in where a pipeline \
              does. Then the saved sign-in can be deleted.",
    references: &[
        "https://learn.microsoft.com/powershell/azure/context-persistence",
        "https://learn.microsoft.com/cli/azure/azure-cli-configuration",
    ],
    client: "cached-context",
    hints: &[
        "import-azcontext",
        "import-azurermcontext",
        "select-azurermprofile",
        "enable-azcontextautosave",
        "enable-azurermcontextautosave",
        "/.azure",
        "\\.azure",
        "msal_token_cache",
        "azure_config_dir",
    ],
    with: &[BROUGHT],
    enforced: true,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &[],
    find,
    flagged: &[
        ("powershell", "Import-AzContext -Path $PSScriptRoot/context.json"),
        ("powershell", "Import-AzureRmContext 'C:\\jobs\\profile.json' | Out-Null"),
        ("powershell", "Select-AzureRmProfile -Path $file"),
        ("powershell", "Enable-AzContextAutosave\nSelect-AzContext -Name 'production'"),
        ("bash", "docker run --rm -v ~/.azure:/home/app/.azure deploy"),
        ("bash", "docker run -v \"$HOME/.azure:/home/app/.azure:ro\" deploy"),
        (
            "bash",
            "podman run --mount type=bind,source=${HOME}/.azure,target=/home/app/.azure deploy",
        ),
        ("bash", "COPY .azure /home/app/.azure"),
        ("bash", "cp -r /var/jenkins_home/.azure /home/app/.azure"),
        ("bash", "cp \"$SECRETS/msal_token_cache.json\" ~/.azure/"),
        ("bash", "echo \"$CACHE\" | base64 -d | tee ~/.azure/msal_token_cache.json"),
        ("powershell", "Copy-Item \"$env:USERPROFILE\\.azure\" 'D:\\agent\\.azure' -Recurse"),
        ("powershell", "docker run -v \"${env:USERPROFILE}/.azure:/home/app/.azure\" deploy"),
        ("batch", "docker run -v %USERPROFILE%\\.azure:/home/app/.azure deploy"),
        ("settings", "services:\n  app:\n    volumes:\n      - ~/.azure:/home/app/.azure:ro\n"),
        (
            "settings",
            "services:\n  app:\n    volumes:\n      - type: bind\n        source: ${HOME}/.azure\n        target: /home/app/.azure\n",
        ),
        (
            "settings",
            "steps:\n  - uses: actions/cache@v4\n    with:\n      path: ~/.azure\n      key: azure\n",
        ),
        (
            "settings",
            "env:\n  AZURE_CONFIG_DIR: /cache/.azure\nsteps:\n- task: Cache@2\n  inputs:\n    path: /cache/.azure\n",
        ),
        ("settings", "volumes:\n- name: azure\n  hostPath:\n    path: /home/app/.azure\n"),
        ("bash", "export AZURE_CONFIG_DIR=/run/secrets/azure"),
        ("bash", "docker run -e AZURE_CONFIG_DIR=/azure -v \"$PROFILE:/azure:ro\" deploy"),
        (
            "settings",
            "services:\n  app:\n    environment:\n      AZURE_CONFIG_DIR: /azure\n    volumes: ['./profile:/azure:ro']\n",
        ),
        (
            "settings",
            "spec:\n  containers:\n  - env:\n    - name: AZURE_CONFIG_DIR\n      value: /etc/azure\n    volumeMounts:\n    - name: profile\n      mountPath: /etc/azure\n  volumes:\n  - name: profile\n    secret:\n      secretName: bot\n",
        ),
        (
            "settings",
            "{\"mounts\": [\"source=${localEnv:HOME}/.azure,target=/home/vscode/.azure,type=bind\"]}",
        ),
        (
            "python",
            "subprocess.run(['docker', 'run', '-v', '/home/app/.azure:/home/app/.azure', image])",
        ),
    ],
    passed: &[
        ("powershell", "Connect-AzAccount -Identity\nImport-AzContext -Path $file"),
        ("powershell", "Import-AzContext -AzContext $context"),
        ("powershell", "Import-AzContext"),
        ("powershell", "Save-AzContext -Path $file"),
        ("powershell", "Disable-AzContextAutosave -Scope Process"),
        ("powershell", "Enable-AzContextAutosave\nConnect-AzAccount -Identity\nSelect-AzContext a"),
        ("powershell", "Select-AzContext -Name 'production'"),
        ("bash", "docker run -v ~/.aws:/home/app/.aws -v \"$PWD\":/src deploy"),
        ("bash", "docker run -v azure-cli:/home/app/.azure deploy"),
        ("bash", "cp config ~/.azure/config"),
        ("bash", "cp -r .azure/dev /backup"),
        ("bash", "rm -rf ~/.azure"),
        ("bash", "echo '[core]' > ~/.azure/config"),
        ("bash", "export AZURE_CONFIG_DIR=~/.azure"),
        ("bash", "AZURE_CONFIG_DIR=$(mktemp -d) az version"),
        ("bash", "docker run -e AZURE_CONFIG_DIR=/azure -v cache:/azure -v \"$PWD:/src\" deploy"),
        ("settings", "env:\n  AZURE_CONFIG_DIR: /tmp/azure\n"),
        (
            "settings",
            "spec:\n  containers:\n  - env:\n    - name: AZURE_CONFIG_DIR\n      value: /tmp/azure\n    volumeMounts:\n    - name: tmp\n      mountPath: /tmp\n    - name: token\n      mountPath: /token\n  volumes:\n  - name: tmp\n    emptyDir: {}\n  - name: token\n    secret:\n      secretName: t\n",
        ),
        ("bash", "az login --identity\ndocker run -v ~/.azure:/home/app/.azure deploy"),
        ("settings", "path: .azure/dev/.env\n"),
        ("settings", "with:\n  path: ~/.azure/cliextensions\n"),
        ("settings", "volumes:\n  - azure:/home/app/.azure\n"),
        ("settings", "description: The Azure CLI keeps its files in ~/.azure\n"),
        ("python", "print('looks into ~/.azure:/home/app/.azure')"),
    ],
};

/// Cmdlets that take a sign-in out of a file.
const IMPORTS: &[&str] = &["import-azcontext", "import-azurermcontext", "select-azurermprofile"];

/// With these, the sign-ins of earlier sessions are there in this one, and may be chosen.
const KEEPS: &[&str] = &["enable-azcontextautosave", "enable-azurermcontextautosave"];
const CHOOSES: &[&str] = &["select-azcontext", "select-azurermcontext"];

/// What the script signs in with itself, and so needs nobody's before it.
const SIGN_INS: &[&str] =
    &["az login", "connect-azaccount", "connect-azurermaccount", "add-azureaccount"];

/// Commands, and instructions of Dockerfiles.
const COPIES: &[&str] = &[
    "add",
    "copy",
    "copy-item",
    "cp",
    "docker",
    "install",
    "kubectl",
    "move-item",
    "mv",
    "podman",
    "robocopy",
    "rsync",
    "scp",
    "xcopy",
];

/// Settings that say which folder is kept, or given to a container.
const PATHS: &[&str] = &["path", "source", "src"];

/// Volumes that come with what somebody put into them before.
const FILLED: &[&str] = &["azureFile", "csi", "hostPath", "persistentVolumeClaim", "secret"];

/// The variable that says where the Azure CLI has its sign-ins.
const CONFIG_DIR: &str = "AZURE_CONFIG_DIR";

/// Variables that hold the user's home.
const HOMES: &[&str] = &["home", "env:home", "userprofile", "env:userprofile"];

/// A user's home as it is written out: `~`, `/root`, `${HOME}`, `C:\Users\me`.
const HOME: &str = r"(?:~|/root|/(?:home|users)/[^/:,\s]+|/var/lib/[^/:,\s]+|[a-z]:\\users\\[^\\:,\s]+|\$\{?(?:localenv:|env:|env\.)?(?:home|userprofile)\}?|\$\((?:home|userprofile)\)|%userprofile%|\$\{\{\s*(?:env|runner)\.home\s*\}\})";

/// What every such text says, which is told at less cost than the rest.
static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\.azure"));

/// The folder, with nothing after it.
static FOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?im)^\s*{HOME}[/\\]\.azure[/\\]?\s*$")));

/// The folder, and where a container has it.
static MOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)^(?:[\w=,-]*,)?(?:(?:source|src)=)?{HOME}[/\\]\.azure[/\\]?(?::/|,(?:[\w=,-]*,)?(?:target|dst|destination)=)\S+$"
    ))
});

/// The same behind a variable that holds the home.
static REST_OF_MOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^[/\\]\.azure[/\\]?(?::/|,(?:[\w=,-]*,)?(?:target|dst|destination)=)")
});

/// A path of the host, and no name of a volume.
static HOST: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:[./~]|[a-z]:[/\\])"));

/// A path whose end is the folder.
static AZURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(?:^|[/\\:])\.azure[/\\]?[.*]?$"));

/// The file with the tokens of users.
static TOKENS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bmsal_token_cache\.(?:json|bin)$"));

/// A sign-in that is brought, and not only spoken of: out of a file, to a container, from one path to
/// another, or by a folder that ends its line.
const BROUGHT: &str = r#"(?:import|enable)-az(?:urerm)?context|select-azurermprofile|azure_config_dir|\.azure[/\\]*(?::/|,\S{0,100}(?:target|dst|destination)=)|(?:\.azure|msal_token_cache)\S*\s[^\n]{0,100}[/\\:]\.azure|\btee\b[^\n]{0,80}msal_token_cache|[/\\]\.azure[/\\]?["'}\]]*,?\s*(?m:$)"#;

const DOUBT: &str = "whose sign-in was saved does not stand here: it may be a service principal's";

const OBSTACLE: &str = "the sign-in was made elsewhere, so that there is none to change: sign in as a workload identity \
                        here (az login --identity or Connect-AzAccount -Identity where Azure runs it, the pipeline's own \
                        federated sign-in elsewhere), and bring no saved one here";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let brings = match item {
        Item::Call(call) => imports(call) || chooses(call, parsed) || mounts(call) || copies(call),
        Item::Setting(it) => {
            PATHS.contains(&it.name) && it.value.fits(&FOLDER)
                || it.name.strip_prefix("env:").unwrap_or(it.name) == CONFIG_DIR
                    && is_kept(it.value, parsed)
        }
        Item::Text(word) => is_mount(word),
    };
    let signs_in = || parsed.first_of(SIGN_INS).is_some_and(|it| it.span.start < item.span().start);
    if !brings || signs_in() {
        return None;
    }
    // Of an editor's own container, whose settings alone say so, a person is the user.
    let is_attended = matches!(item, Item::Text(word) if word.says("${localEnv:"));
    Some(Login {
        class: if is_attended { Class::Interactive } else { Class::UserIdentity },
        doubt: Some(DOUBT),
        obstacle: Some(OBSTACLE),
        ..Login::of(None, None)
    })
}

fn imports(call: &Call) -> bool {
    IMPORTS.contains(&call.name.as_str()) && (call.has("-path") || !call.words.is_empty())
}

fn chooses(call: &Call, parsed: &Parsed) -> bool {
    CHOOSES.contains(&call.name.as_str()) && parsed.first_of(KEEPS).is_some()
}

fn mounts(call: &Call) -> bool {
    let words = &call.arguments;
    let folder = || words.iter().filter_map(Word::literal).find_map(|it| told(&it));
    CONTAINERS.contains(&call.name.as_str())
        && (words.iter().any(is_mount)
            || folder().is_some_and(|it| words.iter().any(|word| is_bind(word, &it))))
}

/// The folder that a container is told by its variable: `-e AZURE_CONFIG_DIR=/azure`.
fn told(word: &str) -> Option<String> {
    let folder = word.split_once(CONFIG_DIR)?.1.strip_prefix('=')?;
    Some(folder.to_owned()).filter(|it| !it.is_empty())
}

/// Whether a path of the host is what a container has there: `./profile:/azure:ro`.
fn is_bind(word: &Word, folder: &str) -> bool {
    is_path(word) && BINDS.iter().any(|it| word.ends_with(&format!(":{folder}{it}")))
}

/// What may stand behind the folder of a container.
const BINDS: &[&str] = &["", ":ro", ":rw", ":z"];

fn is_path(word: &Word) -> bool {
    word.parts.len() > 1 || word.fits(&HOST)
}

fn is_mount(word: &Word) -> bool {
    if !word.fits(&NAMED) {
        return false;
    }
    let is_home = |it: &Value| match it {
        Value::Variable(name) => HOMES.contains(&name.to_ascii_lowercase().as_str()),
        Value::Literal(_) | Value::Computed { .. } => false,
    };
    let is_rest = || word.fits(&REST_OF_MOUNT) && word.parts.iter().any(|it| is_home(&it.value));
    word.fits(&MOUNT) || is_rest()
}

/// Whether a saved sign-in is put where a client looks for it.
fn copies(call: &Call) -> bool {
    let (name, words) = (call.name.as_str(), &call.arguments);
    if name == "tee" {
        return words.iter().any(|it| it.fits(&TOKENS));
    }
    let to = call.value("-destination").or_else(|| words.iter().rev().find(|it| !is_switch(it)));
    let is_azure = |it: &Word| it.fits(&AZURE) || it.fits(&TOKENS);
    let is_there = to.is_some_and(|it| it.fits(&NAMED) && is_azure(it));
    let from = words.iter().filter(|it| to.is_none_or(|to| to.span != it.span));
    COPIES.contains(&name) && is_there && from.into_iter().any(is_azure)
}

fn is_switch(word: &Word) -> bool {
    word.literal().is_some_and(|it| it.starts_with('-'))
}

/// Whether the folder that the Azure CLI is told to use is one that a cache keeps, or that is filled
/// from elsewhere.
fn is_kept(folder: &Word, parsed: &Parsed) -> bool {
    let Some(folder) = folder.literal().filter(|it| !it.is_empty()) else { return false };
    folder.split(['/', '\\']).any(|it| it == "secrets")
        || parsed.told.get(|| Folders::of(parsed)).is_some_and(|it| it.hold(&folder))
}

/// Which folders of a text are kept, given to containers or filled. They are told once, since a file
/// may ask for thousands.
struct Folders {
    kept: HashSet<String>,
    bound: HashSet<String>,
    mounted: HashSet<String>,
}

impl Folders {
    fn of(parsed: &Parsed) -> Folders {
        let paths = parsed.settings().filter(|it| PATHS.contains(&it.name));
        let kept = paths.filter_map(|it| Some(it.value.literal()?.into_owned())).collect();
        let bound = parsed.texts.iter().filter_map(bound).flatten().collect();
        Folders { kept, bound, mounted: mounted(parsed) }
    }

    fn hold(&self, folder: &str) -> bool {
        let around = folder.match_indices('/').map(|(at, _)| &folder[..at]).chain([folder]);
        self.kept.contains(folder)
            || self.bound.contains(folder)
            || around.into_iter().any(|it| self.mounted.contains(it))
    }
}

/// What a container may have a path of the host as: `/azure` of `./profile:/azure:ro`, or
/// `C:/azure` of `./profile:C:/azure`.
fn bound(word: &Word) -> Option<Vec<String>> {
    let text = word.end().filter(|it| it.contains(':') && is_path(word))?;
    let plain = BINDS.iter().filter_map(|it| text.strip_suffix(it));
    let behind = |it: &str| {
        let colons = it.rmatch_indices(':').take(2);
        colons.map(|(at, _)| it[at + 1..].to_owned()).collect::<Vec<_>>()
    };
    Some(plain.flat_map(behind).collect())
}

/// Where filled volumes are mounted, as Kubernetes writes that; without slashes at their ends.
fn mounted(parsed: &Parsed) -> HashSet<String> {
    let entries = &parsed.entries;
    // A volume has its name before what it is, or after it.
    let name = |at: usize| entries.get(at).filter(|it| it.key == "name")?.value.literal();
    let named = |(at, it): (usize, &Entry)| {
        let next = entries.partition_point(|next| next.span.start < it.span.end);
        at.checked_sub(1).and_then(name).or_else(|| name(next))
    };
    let filled = entries.iter().enumerate().filter(|(_, it)| FILLED.contains(&it.key.as_str()));
    let filled: BTreeSet<_> = filled.filter_map(named).collect();
    let mounts = entries.iter().filter(|it| filled.contains(it.key.as_str()));
    let paths = mounts.filter_map(|it| it.value.literal()).filter(|it| it.starts_with('/'));
    paths.map(|it| it.trim_end_matches('/').to_owned()).collect()
}
