//! Rules: which calls sign in with a user identity.
//!
//! To add a rule, write `detect/<name>.rs` with one [`Rule`] and name it twice below. Its own
//! examples are its tests and its documentation.

mod ansible_ad_user;
mod az_login_interactive;
mod az_login_password;
mod azure_cli_orb_user;
mod azure_devops_sdk_password;
mod azure_login_password;
mod azure_username_environment;
mod cached_user_context;
mod connect_azaccount_credential;
mod connect_azaccount_interactive;
mod connect_azuread_credential;
mod connect_service_credential;
mod dataverse_connection_string;
mod dataverse_sdk_password;
mod held;
mod kubelogin_ropc;
mod legacy_sdk_username_password;
mod m365_login_password;
mod microsoft365_sdk_password;
mod msal_username_password;
mod pac_auth_password;
mod power_bi_master_user;
mod power_platform_pipeline_user;
mod username_password_credential;
mod sql_active_directory_password;
mod token_request_password;

use crate::lang::{Call, Item, Parsed, Word};
use crate::text::Span;
pub use held::is_typed_by;
use held::{class_of_credential, class_of_secret};
use serde::{Deserialize, Serialize};

pub const RULES: &[&Rule] = &[
    &az_login_password::RULE,
    &az_login_interactive::RULE,
    &connect_azaccount_credential::RULE,
    &connect_azaccount_interactive::RULE,
    &connect_azuread_credential::RULE,
    &connect_service_credential::RULE,
    &azure_login_password::RULE,
    &azure_cli_orb_user::RULE,
    &kubelogin_ropc::RULE,
    &m365_login_password::RULE,
    &pac_auth_password::RULE,
    &power_platform_pipeline_user::RULE,
    &username_password_credential::RULE,
    &msal_username_password::RULE,
    &legacy_sdk_username_password::RULE,
    &microsoft365_sdk_password::RULE,
    &azure_devops_sdk_password::RULE,
    &dataverse_connection_string::RULE,
    &dataverse_sdk_password::RULE,
    &power_bi_master_user::RULE,
    &token_request_password::RULE,
    &azure_username_environment::RULE,
    &ansible_ad_user::RULE,
    &sql_active_directory_password::RULE,
    &cached_user_context::RULE,
];

/// The languages in which a command can be run: shells, and programs that start others.
const RUN_COMMANDS: &[&str] =
    &["bash", "batch", "powershell", "python", "csharp", "javascript", "go", "java", "kotlin"];

/// Programs that run others in containers.
const CONTAINERS: &[&str] = &["docker", "docker.exe", "kubectl", "nerdctl", "podman"];

/// All languages: what is found as a text or a setting may stand in any.
const EVERYWHERE: &[&str] = &[
    "bash",
    "batch",
    "powershell",
    "python",
    "csharp",
    "javascript",
    "go",
    "java",
    "kotlin",
    "settings",
];

pub struct Rule {
    pub id: &'static str,
    /// Completes the sentence "This call …".
    pub summary: &'static str,
    pub explanation: &'static str,
    /// What to use instead.
    pub instead: &'static str,
    pub references: &'static [&'static str],
    /// The client that signs in; names a folder under `templates/`.
    pub client: &'static str,
    /// Every text with such a call has one of these, in whichever case: rare words, in lower case
    /// and ASCII. A file that has none of any rule is not even parsed.
    pub hints: &'static [&'static str],
    /// Every text with such a call, in lower case, fits each of these patterns as well. They need not
    /// be rare. One that is a group called `near200` is searched for within 200 bytes of each hint. None has a
    /// gap of any size: its search takes memory for each byte of that.
    pub with: &'static [&'static str],
    /// Whether it is a sign-in to Azure itself. Mandatory multifactor authentication covers Azure
    /// Resource Manager alone, so what follows another sign-in says nothing about its fate.
    pub enforced: bool,
    /// It asks whoever is present, and so is worth a word only where nobody is.
    pub asks_a_person: bool,
    pub languages: &'static [&'static str],
    /// Options that belong to the user's sign-in alone, and do not survive it.
    pub given_up: &'static [&'static str],
    pub find: for<'c> fn(Item<'c>, &'c Parsed) -> Option<Login<'c>>,
    pub flagged: &'static [Example],
    /// Near misses.
    pub passed: &'static [Example],
}

/// Words as [`Rule::with`] has them: what stands before them is no part of them, unless it is the
/// escape of a text in a text: `\naz login`, `\u0027az login`.
macro_rules! az {
    () => {
        r"(?:\b|_|call|exec|invoke|run|\\[nrt]|\\u00..)az(?:_?(?:cli|cmd|bin|command|exe|path))?\b|\bazure_?cli\b|azure\.cli\.core"
    };
}
const AZ: &str = az!();
const AZ_NEAR_LOGIN: &str = concat!("(?<near150>", az!(), ")");
const LOGIN: &str = r#"(?<near40>(?:^|[\s"'`(,\[{=]|\\[nrt]|\\u00..)login\b)"#;
const USERNAME: &str = r#"(?:^|[\s"'`(,\[{=]|\\[nrt]|\\u00..)-(?:u|-user)"#;

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// A language and a text in it.
pub type Example = (&'static str, &'static str);

/// A sign-in with a user identity, as a rule sees it.
pub struct Login<'c> {
    pub user: Option<&'c Word>,
    /// The password, or the credential that holds it.
    pub secret: Option<&'c Word>,
    pub class: Class,
    /// Why it may be something else after all.
    pub doubt: Option<&'static str>,
    /// The cloud that it names.
    pub cloud: Option<&'c Word>,
    /// Why another sign-in alone would not do.
    pub obstacle: Option<&'static str>,
}

impl<'c> Login<'c> {
    /// One that would run, and of which nothing else is to be said.
    fn of(user: Option<&'c Word>, secret: Option<&'c Word>) -> Login<'c> {
        let class = Class::UserIdentity;
        Login { user, secret, class, doubt: None, cloud: None, obstacle: None }
    }
}

/// What a sign-in is, where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It would run, with nobody present.
    UserIdentity,
    /// A person is present.
    Interactive,
    Documentation,
    Commented,
    /// What answers is a stand-in, so that it signs in nowhere; or whether others can sign in is tried out.
    Simulation,
    /// A text that is shown to people.
    Message,
    /// Generated, or other people's: what is to be changed is elsewhere.
    Copied,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::UserIdentity => "user-identity",
            Class::Interactive => "interactive",
            Class::Documentation => "documentation",
            Class::Commented => "commented",
            Class::Simulation => "simulation",
            Class::Message => "message",
            Class::Copied => "copied",
        }
    }
}

/// A sign-in, and what it was found in.
pub struct Found<'p> {
    pub rule: &'static Rule,
    pub span: Span,
    pub call: Option<&'p Call>,
    pub login: Login<'p>,
}

/// No file that people wrote holds more sign-ins. Each is compared with what is around it, so that a
/// file that holds more is not looked at to its end.
pub const MOST: usize = 300;

/// What signs in in a script.
pub struct Logins<'p> {
    pub found: Vec<Found<'p>>,
    /// There are more than [`MOST`].
    pub cut: bool,
}

/// The sign-ins of a script, as far as it is looked at. What one rule finds twice, as a text and as the
/// call that is given that text, is found once: as the larger of the two.
pub fn logins<'p>(language: &str, parsed: &'p Parsed) -> Logins<'p> {
    let rules: Vec<&'static Rule> =
        RULES.iter().copied().filter(|it| it.languages.contains(&language)).collect();
    let of = |item: Item<'p>| {
        rules.iter().filter_map(move |rule| {
            let login = (rule.find)(item, parsed)?;
            Some(Found { rule, span: item.span(), call: item.call(), login })
        })
    };
    let mut found: Vec<Found<'p>> = parsed.items().flat_map(of).take(MOST + 1).collect();
    let cut = found.len() > MOST;
    found.sort_by_key(|it| (it.rule.id, it.span.start, std::cmp::Reverse(it.span.end)));
    found.dedup_by(|it, before| it.rule.id == before.rule.id && it.span.overlaps(before.span));
    found.sort_by_key(|it| it.span);
    Logins { found, cut }
}

pub fn by_id(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|it| it.id == id)
}

/// What comes after one of these, among the words of a command whose options are not known.
fn after<'c>(words: &'c [Word], names: &[&str]) -> Option<&'c Word> {
    let at = words.iter().position(|word| names.iter().any(|it| word.is(it)))?;
    words.get(at + 1)
}

const APPLICATION: &str = "the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing";

/// Why a user name may be an application's: it is a GUID, or a variable that is called so.
fn looks_like_an_application(user: &Word) -> Option<&'static str> {
    let is_guid = user.literal().is_some_and(|it| uuid::Uuid::try_parse(&it).is_ok());
    let is_called_so = user.variable().is_some_and(is_called_like_an_application);
    (is_guid || is_called_so).then_some(APPLICATION)
}

fn is_called_like_an_application(variable: &str) -> bool {
    let name = variable.to_ascii_lowercase().replace(['_', '-'], "");
    let called =
        ["clientid", "apiid", "appid", "applicationid", "spid", "principalid", "armclient"];
    called.iter().any(|it| name.contains(it))
}

/// Why a credential may be an application's: it is made of a variable that is called so.
fn is_made_of_an_application(
    credential: &Word,
    call: &Call,
    parsed: &Parsed,
) -> Option<&'static str> {
    let assigned =
        credential.variable().and_then(|it| parsed.assigned(it, call.span.start).next_back());
    let mut reads =
        assigned.map(|it| &it.value).into_iter().chain([credential]).flat_map(Word::reads);
    reads.any(is_called_like_an_application).then_some(APPLICATION)
}

/// Why a call may be a workload's after all: on another way through the script it has one of the
/// options that make it one.
fn may_be_a_workload(options: &[&str], call: &Call, parsed: &Parsed) -> Option<&'static str> {
    let adds =
        |it: &&Word| it.reads().iter().any(|it| options.iter().any(|option| it.contains(option)));
    let is_off = call.options.iter().any(|it| {
        let value = it.value.as_ref().and_then(Word::variable);
        let at_times = it.splatted || value.is_some_and(|it| it != "false");
        it.off && at_times && options.contains(&it.name.as_str())
    });
    let other = |it: &Call| it.span == call.span && options.iter().any(|option| it.has(option));
    let may_be = is_off || call.words.iter().any(|it| adds(&it)) || parsed.calls.iter().any(other);
    may_be.then_some("it is a service principal's on another way through the script")
}

/// Whether the script first asks who is signed in. Then its platform may have signed in, and the
/// script never comes to the sign-in.
fn asked_before(questions: &[&str], call: &Call, parsed: &Parsed) -> bool {
    parsed.first_of(questions).is_some_and(|it| it.span.start < call.span.start)
}

/// What shows a text to people: functions, and what is thrown.
const SHOWS: &[&str] = &[
    "debug",
    "info",
    "log",
    "print",
    "println",
    "warn",
    "write-host",
    "write-verbose",
    "writeline",
];

/// Whether a text is only shown, and signs nobody in.
fn is_shown(text: &Word, parsed: &Parsed) -> bool {
    const NEAREST: usize = 20;
    let next = parsed.calls.partition_point(|it| it.span.start <= text.span.start);
    let mut before = parsed.calls[..next].iter().rev().take(NEAREST);
    let call = before.find(|it| it.span.contains(text.span)).map(|it| it.name.as_str());
    let is_thrown = |it: &str| it.ends_with("error") || it.ends_with("exception");
    call.is_some_and(|it| SHOWS.contains(&it) || is_thrown(it))
}

/// The sign-in of a call that is given a user and a password: by their names, or one behind the other
/// from a place on.
fn of_user_and_password<'c>(
    call: &'c Call,
    at: usize,
    obstacle: &'static str,
    parsed: &'c Parsed,
) -> Option<Login<'c>> {
    let user = call.value("username").or_else(|| call.words.get(at));
    let secret = call.value("password").or_else(|| call.words.get(at + 1))?;
    Some(Login {
        class: class_of_password(Some(secret), parsed, call.span.start),
        obstacle: Some(obstacle),
        ..Login::of(user, Some(secret))
    })
}

/// What answers in the place of a service. Where a program imports that, it is a test, and signs
/// in nowhere.
const MOCKS: &[&str] = &[
    "unittest.mock",
    "mock",
    "pytest_mock",
    "msal.application",
    "msal.oauth2cli",
    "@azure/msal-common",
    "nock",
    "Moq",
    "NSubstitute",
    "org.mockito",
];

/// A program may ask for a password, or only try out how a sign-in goes.
fn class_of_password(secret: Option<&Word>, parsed: &Parsed, before: usize) -> Class {
    if MOCKS.iter().any(|it| parsed.imports(it)) {
        return Class::Simulation;
    }
    let Some(secret) = secret else { return Class::UserIdentity };
    class_of_secret(secret, before, parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang;

    #[test]
    fn a_user_name_like_an_application_is_doubted() {
        let doubts = |language: &str, text: &str| {
            let parsed = lang::by_name(language).unwrap().parse(text, &[]);
            let found = logins(language, &parsed).found;
            assert_eq!(found.len(), 1, "{text}");
            found[0].login.doubt.is_some()
        };
        let guid = "b98620fc-3e7c-418b-a4f0-6457b5548aa4";
        assert!(doubts("bash", &format!("az login -u {guid} -p p4ssw0rd")));
        assert!(doubts("bash", "az login -u $AZURE_CLIENT_ID -p $SECRET"));
        assert!(!doubts("bash", "az login -u $AZURE_USER -p $SECRET"));
        let made = "$c = New-Object PSCredential($appId, $s)\nConnect-AzAccount -Credential $c";
        assert!(doubts("powershell", made));
        assert!(!doubts("powershell", &made.replace("$appId", "$user")));
    }

    #[test]
    fn a_password_that_a_person_types_is_no_secret_of_a_program() {
        let class = |language: &str, text: &str| {
            let parsed = lang::by_name(language).unwrap().parse(text, &[]);
            logins(language, &parsed).found[0].login.class
        };
        let given = "from shareplum import Office365\ndef f(url, user, pw):\n    return Office365(url, user, pw)\npw = ";
        assert_eq!(
            class("python", &format!("{given}st.text_input('Password')")),
            Class::Interactive
        );
        assert_eq!(class("python", &format!("{given}os.environ['PW']")), Class::UserIdentity);
        let made = "New-Object Microsoft.SharePoint.Client.SharePointOnlineCredentials($u, $p)";
        let typed = format!("$p = Read-Host -AsSecureString\n{made}");
        assert_eq!(class("powershell", &typed), Class::Interactive);
        assert_eq!(class("powershell", made), Class::UserIdentity);
    }

    #[test]
    fn every_rule_flags_its_examples_and_passes_its_near_misses() {
        for rule in RULES {
            let is_known = |it: &&str| lang::by_name(it).is_some();
            assert!(rule.languages.iter().all(is_known), "{}: {:?}", rule.id, rule.languages);
            let found = |language: &str, text: &str| {
                assert!(rule.languages.contains(&language), "{} is not for {language}", rule.id);
                let parsed = lang::by_name(language).unwrap().parse(text, &[]);
                logins(language, &parsed).found.iter().filter(|it| it.rule.id == rule.id).count()
            };
            let plain = |it: &&str| it.is_ascii() && it.to_lowercase() == **it && it.len() >= 4;
            assert!(rule.hints.iter().all(plain), "{}: {:?}", rule.id, rule.hints);
            for (language, text) in rule.flagged {
                let lower = text.to_ascii_lowercase();
                let hinted = rule.hints.iter().any(|it| lower.contains(it));
                assert!(hinted, "{} has no hint of: {text}", rule.id);
                let fits = |it: &&str| regex::Regex::new(it).unwrap().is_match(&lower);
                assert!(rule.with.iter().all(fits), "{}: {text}", rule.id);
                assert_eq!(found(language, text), 1, "{} should flag: {text}", rule.id);
            }
            for (language, text) in rule.passed {
                assert_eq!(found(language, text), 0, "{} should pass: {text}", rule.id);
            }
        }
    }
}
