//! Which arguments of a call are options, under which names, and what they are given.

use super::{Assignment, Call, Literal, Opt, Part, Value, Word};
use crate::text::Span;
use Takes::{Nothing, Several, Value as One};

/// Sets the name, the options and the other words of a call from its command and arguments.
pub(super) fn resolve(call: &mut Call, assignments: &[Assignment]) {
    let written = call.command.literal().unwrap_or_default();
    let file = written.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let arguments = call.arguments.as_slice();
    let resolved = match program(&file) {
        name if PROGRAMS.contains(&name) => command(name, arguments),
        name if WRAPPERS.contains(&name) => {
            let known = |it: &Word| {
                let file = basename(&it.literal()?);
                PROGRAMS.iter().copied().find(|name| *name == program(&file))
            };
            let mut words = arguments.iter().enumerate();
            match words.find_map(|(at, it)| Some((at, known(it)?))) {
                Some((at, name)) => command(name, &arguments[at + 1..]),
                None => Resolved::plain(file, arguments),
            }
        }
        _ if is_cmdlet(&file) => {
            let before: Vec<_> =
                assignments.iter().take_while(|it| it.span.start < call.span.start).collect();
            cmdlet(&file, arguments, &before)
        }
        _ => Resolved::plain(file, arguments),
    };
    (call.name, call.words, call.options) = (resolved.name, resolved.words, resolved.options);
}

/// Commands that run the command that they are given.
const WRAPPERS: &[&str] =
    &["command", "env", "exec", "nice", "nohup", "retry", "sudo", "time", "timeout", "winpty"];

/// An option that is known, with its other names.
struct Known {
    name: &'static str,
    aliases: &'static [&'static str],
    takes: Takes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    Several,
}

const fn known(name: &'static str, aliases: &'static [&'static str], takes: Takes) -> Known {
    Known { name, aliases, takes }
}

const AZ_LOGIN: &[Known] = &[
    known("--username", &["-u"], One),
    known("--password", &["-p"], One),
    known("--tenant", &["-t"], One),
    known("--subscription", &["-s"], One),
    known("--scope", &[], Several),
    known("--service-principal", &[], Nothing),
    known("--certificate", &[], One),
    known("--federated-token", &[], One),
    known("--use-cert-sn-issuer", &[], Nothing),
    known("--identity", &["-i"], Nothing),
    known("--client-id", &[], One),
    known("--object-id", &[], One),
    known("--resource-id", &[], One),
    known("--use-device-code", &[], Nothing),
    known("--allow-no-subscriptions", &[], Nothing),
    known("--skip-subscription-discovery", &["--skip-sub"], Nothing),
    known("--claims-challenge", &[], One),
    known("--acquire-policy-token", &[], Nothing),
    known("--change-reference", &[], One),
    known("--output", &["-o"], One),
    known("--query", &[], One),
    known("--only-show-errors", &[], Nothing),
    known("--debug", &[], Nothing),
    known("--verbose", &[], Nothing),
    known("--help", &["-h"], Nothing),
];

const KUBELOGIN: &[Known] = &[
    known("--login", &["-l"], One),
    known("--username", &[], One),
    known("--password", &[], One),
    known("--tenant-id", &["-t"], One),
    known("--environment", &["-e"], One),
    known("--legacy", &[], Nothing),
];

const M365_LOGIN: &[Known] = &[
    known("--authType", &["-t"], One),
    known("--userName", &["-u"], One),
    known("--password", &["-p"], One),
    known("--ensure", &[], Nothing),
];

/// Commands whose options are known.
const COMMANDS: &[(&str, &[Known])] = &[
    ("az login", AZ_LOGIN),
    ("kubelogin convert-kubeconfig", KUBELOGIN),
    ("kubelogin get-token", KUBELOGIN),
    ("m365 login", M365_LOGIN),
];

/// Programs whose first words say what they do.
const PROGRAMS: &[&str] = &["az", "kubelogin", "m365"];

/// The parameters of the cmdlets that sign in to Azure, present and past.
const CONNECT: &[Known] = &[
    known("-credential", &[], One),
    known("-serviceprincipal", &[], Nothing),
    known("-tenant", &["-tenantid", "-domain"], One),
    known("-subscription", &["-subscriptionid", "-subscriptionname"], One),
    known("-environment", &["-environmentname"], One),
    known("-accountid", &[], One),
    known("-identity", &["-msi", "-managedservice"], Nothing),
    known("-managedservicehostname", &[], One),
    known("-managedserviceport", &[], One),
    known("-managedservicesecret", &[], One),
    known("-usedeviceauthentication", &["-devicecode", "-deviceauth", "-device"], Nothing),
    known("-applicationid", &[], One),
    known("-certificatethumbprint", &[], One),
    known("-certificatepath", &[], One),
    known("-certificatepassword", &[], One),
    known("-sendcertificatechain", &[], Nothing),
    known("-federatedtoken", &["-clientassertion"], One),
    known("-accesstoken", &[], One),
    known("-graphaccesstoken", &[], One),
    known("-microsoftgraphaccesstoken", &[], One),
    known("-keyvaultaccesstoken", &[], One),
    known("-authscope", &["-authscopetypename"], One),
    known("-claimschallenge", &[], One),
    known("-contextname", &[], One),
    known("-maxcontextpopulation", &[], One),
    known("-skipcontextpopulation", &[], Nothing),
    known("-skipvalidation", &[], Nothing),
    known("-force", &[], Nothing),
    known("-scope", &[], One),
    known("-defaultprofile", &["-azcontext", "-azurermcontext", "-azurecredential"], One),
];

/// The parameters that every cmdlet has, and the switches that others often have.
const COMMON: &[Known] = &[
    known("-verbose", &["-vb"], Nothing),
    known("-debug", &["-db"], Nothing),
    known("-whatif", &["-wi"], Nothing),
    known("-confirm", &["-cf"], Nothing),
    known("-erroraction", &["-ea"], One),
    known("-errorvariable", &["-ev"], One),
    known("-warningaction", &["-wa"], One),
    known("-warningvariable", &["-wv"], One),
    known("-informationaction", &["-infa"], One),
    known("-informationvariable", &["-iv"], One),
    known("-outvariable", &["-ov"], One),
    known("-outbuffer", &["-ob"], One),
    known("-pipelinevariable", &["-pv"], One),
    known("-progressaction", &["-proga"], One),
];

const SWITCHES: &[Known] = &[
    known("-asplaintext", &[], Nothing),
    known("-force", &[], Nothing),
    known("-passthru", &[], Nothing),
];

/// The parameters of the cmdlets that signed in to Microsoft Entra ID before Microsoft Graph.
const CONNECT_DIRECTORY: &[Known] = &[
    known("-credential", &[], One),
    known("-tenantid", &["-domain", "-tenantdomain"], One),
    known("-accountid", &[], One),
    known("-applicationid", &[], One),
    known("-certificatethumbprint", &[], One),
    known("-azureenvironment", &["-azureenvironmentname"], One),
    known("-aadaccesstoken", &[], One),
    known("-msaccesstoken", &[], One),
    known("-adgraphaccesstoken", &[], One),
    known("-msgraphaccesstoken", &[], One),
    known("-loglevel", &[], One),
    known("-logfilepath", &[], One),
];

/// What the cmdlets that sign in to other services have in common; switches, so that they take no
/// value, and names that are cut short.
const CONNECT_SERVICE: &[Known] = &[
    known("-credential", &["-credentials"], One),
    known("-inlinecredential", &[], Nothing),
    known("-currentcredentials", &["-currentcredential"], Nothing),
    known("-username", &[], One),
    known("-password", &[], One),
    known("-serviceprincipal", &[], Nothing),
    known("-managedidentity", &[], Nothing),
    known("-identity", &[], Nothing),
    known("-azureadworkloadidentity", &[], Nothing),
    known("-federatedidentity", &[], Nothing),
    known("-interactive", &[], Nothing),
    known("-devicelogin", &["-device", "-usedeviceauthentication"], Nothing),
    known("-useweblogin", &[], Nothing),
    known("-launchbrowser", &[], Nothing),
    known("-oslogin", &[], Nothing),
    known("-persistlogin", &[], Nothing),
    known("-showbanner", &[], Nothing),
    known("-userpssession", &[], Nothing),
    known("-disablewam", &[], Nothing),
    known("-bypassmailboxanchoring", &[], Nothing),
    known("-loadcmdlethelp", &[], Nothing),
    known("-skiploadingcmdlethelp", &[], Nothing),
    known("-skiploadingformatdata", &[], Nothing),
    known("-enableerrorreporting", &[], Nothing),
    known("-returnconnection", &[], Nothing),
    known("-createdrive", &[], Nothing),
    known("-skiptenantadmincheck", &[], Nothing),
    known("-forceauthentication", &[], Nothing),
    known("-validateconnection", &[], Nothing),
];

/// Cmdlets under the names by which rules know them, with the tables of their parameters.
const CMDLETS: &[(&str, &[&str], &[Known])] = &[
    ("connect-azaccount", &["login-azaccount", "add-azaccount"], CONNECT),
    ("connect-azurermaccount", &["login-azurermaccount", "add-azurermaccount"], CONNECT),
    ("connect-azuread", &[], CONNECT_DIRECTORY),
    ("connect-msolservice", &[], CONNECT_DIRECTORY),
    ("connect-exchangeonline", &[], CONNECT_SERVICE),
    ("connect-ippssession", &[], CONNECT_SERVICE),
    ("connect-microsoftteams", &[], CONNECT_SERVICE),
    ("connect-sposervice", &[], CONNECT_SERVICE),
    ("connect-pnponline", &[], CONNECT_SERVICE),
    (
        "connect-powerbiserviceaccount",
        &["login-powerbi", "login-powerbiserviceaccount"],
        CONNECT_SERVICE,
    ),
    ("add-rdsaccount", &[], CONNECT_SERVICE),
    ("add-powerappsaccount", &[], CONNECT_SERVICE),
];

struct Resolved {
    name: String,
    words: Vec<Word>,
    options: Vec<Opt>,
}

impl Resolved {
    fn plain(name: String, arguments: &[Word]) -> Resolved {
        Resolved { name, words: arguments.to_vec(), options: Vec::new() }
    }
}

fn basename(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase()
}

fn program(file: &str) -> &str {
    let extensions = [".cmd", ".exe", ".bat"];
    let plain = extensions.iter().find_map(|it| file.strip_suffix(it));
    plain.filter(|it| PROGRAMS.contains(it)).unwrap_or(file)
}

/// `Verb-Noun`
fn is_cmdlet(file: &str) -> bool {
    let letters = |it: &str| it.starts_with(|it: char| it.is_ascii_alphabetic());
    file.split_once('-').is_some_and(|(verb, noun)| letters(verb) && letters(noun))
}

fn command(program: &str, arguments: &[Word]) -> Resolved {
    let is_command = |it: &Word| {
        it.literal().is_some_and(|it| {
            it.starts_with(|it: char| it.is_ascii_alphabetic())
                && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        })
    };
    let commands = arguments.iter().take_while(|it| is_command(it)).count();
    let mut name = String::from(program);
    for it in arguments[..commands].iter().filter_map(Word::literal) {
        name.push(' ');
        name.push_str(&it);
    }
    let table = COMMANDS.iter().find(|(it, _)| *it == name).map_or(&[][..], |(_, table)| table);
    let mut resolved = Resolved { name, words: Vec::new(), options: Vec::new() };
    let mut rest = arguments[commands..].iter().peekable();
    while let Some(word) = rest.next() {
        let Some((known, name, attached)) = argparse(word, table) else {
            resolved.words.push(word.clone());
            continue;
        };
        let takes = known.map_or(One, |it| it.takes);
        let mut option =
            Opt { name, span: word.span, value: attached, splatted: false, off: false };
        if takes != Nothing && option.value.is_none() {
            option.value = rest.next_if(|it| !is_option(it)).cloned();
            option.span.end = option.value.as_ref().map_or(option.span.end, |it| it.span.end);
        }
        if takes == Several {
            while let Some(more) = rest.next_if(|it| !is_option(it)) {
                option.span.end = more.span.end;
            }
        }
        resolved.options.push(option);
    }
    resolved
}

/// An option by the rules of Python's argparse: `--long value`, `--long=value`, any unambiguous
/// beginning of a long name, `-s value`, `-svalue`, `-s=value`.
fn argparse<'k>(
    word: &Word,
    table: &'k [Known],
) -> Option<(Option<&'k Known>, String, Option<Word>)> {
    let text = first_literal(word).filter(|_| is_option(word))?;
    let end = if text.starts_with("--") {
        text.find('=').unwrap_or(text.len())
    } else {
        text.char_indices().nth(2).map_or(text.len(), |(at, _)| at)
    };
    let known = find(&text[..end], &[table]);
    let name = known.map_or(&text[..end], |it| it.name);
    let signs = usize::from(text[end..].starts_with('='));
    let attached = (end < text.len() || word.parts.len() > 1).then(|| after(word, end + signs));
    Some((known, name.to_owned(), attached))
}

fn cmdlet(file: &str, arguments: &[Word], before: &[&Assignment]) -> Resolved {
    let entry = CMDLETS.iter().find(|(name, aliases, _)| *name == file || aliases.contains(&file));
    let (name, table) = entry.map_or((file, SWITCHES), |(name, _, table)| (*name, *table));
    let mut resolved = Resolved { name: name.to_owned(), words: Vec::new(), options: Vec::new() };
    let find = |name: &str| find(name, &[table, COMMON]);
    let mut add = |name: &str, span: Span, value: Option<Word>, splatted: bool| {
        let known = find(name);
        let is_off = value.as_ref().and_then(Word::variable) == Some("false");
        let off = is_off && known.is_some_and(|it| it.takes == Nothing);
        let name = known.map_or(name, |it| it.name).to_owned();
        resolved.options.push(Opt { name, span, value, splatted, off });
    };
    let mut rest = arguments.iter().peekable();
    while let Some(word) = rest.next() {
        if let Some(splat) = word.variable().and_then(|it| it.strip_prefix('@')) {
            let entries = splatted(splat, before);
            if entries.is_empty() {
                resolved.words.push(word.clone());
            }
            for (key, value) in entries {
                add(&format!("-{key}"), word.span, Some(value.clone()), true);
            }
            continue;
        }
        let Some(text) = first_literal(word).filter(|_| is_parameter(word)) else {
            resolved.words.push(word.clone());
            continue;
        };
        let end = text.find(':').unwrap_or(text.len());
        let name = text[..end].to_ascii_lowercase();
        let is_joined = end + 1 < text.len() || word.parts.len() > 1;
        let value = if is_joined {
            Some(after(word, end + 1))
        } else if end < text.len() {
            rest.next().cloned()
        } else if find(&name).is_some_and(|it| it.takes == Nothing) {
            None
        } else {
            rest.next_if(|it| !is_parameter(it) && !is_splat(it)).cloned()
        };
        let end = value.as_ref().map_or(word.span.end, |it| it.span.end);
        add(&name, Span::new(word.span.start, end), value, false);
    }
    if std::ptr::eq(table, CONNECT) {
        positional_credential(&mut resolved);
    }
    resolved
}

/// Of what may stand without its name, only a credential is ever held in a variable.
fn positional_credential(resolved: &mut Resolved) {
    let is_computed = |it: &Word| it.literal().is_none() && !is_splat(it);
    let named = resolved.options.iter().any(|it| it.name == "-credential");
    let Some(at) = resolved.words.iter().position(is_computed).filter(|_| !named) else { return };
    let word = resolved.words.remove(at);
    resolved.options.push(Opt {
        name: "-credential".to_owned(),
        span: word.span,
        value: Some(word),
        splatted: false,
        off: false,
    });
}

/// What a splatted hashtable holds: its last assignment, and what was added since.
fn splatted<'a>(name: &str, before: &[&'a Assignment]) -> Vec<&'a (String, Word)> {
    let mut entries = Vec::new();
    for assignment in before.iter().filter(|it| it.name == name) {
        if !assignment.adds {
            entries.clear();
        }
        for entry in &assignment.entries {
            entries.retain(|(key, _): &&(String, Word)| *key != entry.0);
            entries.push(entry);
        }
    }
    entries
}

/// The option of that name, of that alias, or the only one that begins so.
fn find<'k>(name: &str, tables: &[&'k [Known]]) -> Option<&'k Known> {
    let all = || tables.iter().copied().flatten();
    let has = |it: &&Known| it.name == name || it.aliases.contains(&name);
    let begins =
        |it: &&Known| [&[it.name], it.aliases].concat().iter().any(|it| it.starts_with(name));
    all().find(has).or_else(|| {
        let mut candidates =
            all().filter(begins).filter(|_| name.len() > "--".len() || !name.starts_with("--"));
        candidates.next().filter(|_| candidates.next().is_none())
    })
}

/// `-x` or `--long`, and neither the number `-1` nor the file `-`.
fn is_option(word: &Word) -> bool {
    first_literal(word).is_some_and(|it| {
        let name = it.trim_start_matches('-');
        name.len() < it.len() && name.starts_with(|it: char| it.is_ascii_alphabetic())
    })
}

/// An option that is written without quotes, which would make it a value.
fn is_parameter(word: &Word) -> bool {
    is_option(word) && word.parts.first().is_some_and(|it| it.span.start == word.span.start)
}

fn is_splat(word: &Word) -> bool {
    word.variable().is_some_and(|it| it.starts_with('@'))
}

fn first_literal(word: &Word) -> Option<&str> {
    match &word.parts.first()?.value {
        Value::Literal(Literal(text)) => Some(text),
        Value::Variable(_) | Value::Computed { .. } => None,
    }
}

/// The word without the first `at` bytes of the literal that it begins with.
fn after(word: &Word, at: usize) -> Word {
    let mut parts = word.parts.clone();
    let first = parts.remove(0);
    let quote = word.span.start < first.span.start;
    let rest = match &first.value {
        Value::Literal(Literal(text)) => text.get(at..).unwrap_or_default(),
        Value::Variable(_) | Value::Computed { .. } => "",
    };
    let has_escapes = |text: &str| text.len() != first.span.end - first.span.start;
    let start = match &first.value {
        _ if rest.is_empty() => first.span.end,
        // Where an escape moves what follows it, the place is that of the whole.
        Value::Literal(Literal(text)) if has_escapes(text) => first.span.start,
        _ => first.span.start + at,
    };
    if !rest.is_empty() {
        parts.insert(0, Part::literal(Span::new(start, first.span.end), rest.to_owned()));
    }
    let end = if quote { parts.last().map_or(start, |it| it.span.end) } else { word.span.end };
    Word { span: Span::new(start, end), parts }
}

#[cfg(test)]
mod tests {
    use crate::lang::by_name;
    use crate::lang::testing::calls;

    #[test]
    fn options_of_az_login_are_those_that_argparse_sees() {
        check("bash", AZ);
    }

    #[test]
    fn parameters_of_cmdlets_are_those_that_powershell_binds() {
        check("powershell", CMDLETS);
    }

    #[test]
    fn other_commands_keep_their_words() {
        for language in ["bash", "powershell"] {
            let text = "/opt/bin/Foo -x a login; azure login -u a";
            let language = by_name(language).unwrap();
            assert_eq!(calls(language, text, &[]), "foo [-x a login]; azure [login -u a]");
        }
    }

    #[test]
    fn a_value_is_where_it_is_written() {
        for (text, value) in [
            ("az login -p=pa", "pa"),
            ("az login -ppa", "pa"),
            ("az login --pass=pa", "pa"),
            ("az login \"--password=p a\"", "p a"),
            ("az login --password='p a'", "'p a'"),
            ("az login -p 'p a'", "'p a'"),
            ("az login -p'p a'", "'p a'"),
        ] {
            let parsed = by_name("bash").map(|it| it.parse(text, &[])).unwrap();
            let span = parsed.calls[0].value("--password").unwrap().span;
            assert_eq!(&text[span.start..span.end], value, "{text}");
        }
    }

    fn check(language: &str, table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(calls(by_name(language).unwrap(), text, &[]), *expected, "{text}");
        }
    }

    const AZ: &[(&str, &str)] = &[
        ("az login --user a --pass b --ten c", "az login --username=a --password=b --tenant=c"),
        ("az login --service -u a", "az login --service-principal --username=a"),
        ("az login --use a", "az login --use=a"),
        ("az login --use-d --use-c", "az login --use-device-code --use-cert-sn-issuer"),
        (
            "az login --i --al --skip-sub",
            "az login --identity --allow-no-subscriptions --skip-subscription-discovery",
        ),
        ("az login -i --username=x", "az login --identity --username=x"),
        ("az login -pa -p=b -p", "az login --password=a --password=b --password"),
        ("az login -u -p b", "az login --username --password=b"),
        ("az login -u -1 -p -", "az login --username=-1 --password=-"),
        ("az login --scope a b -u c", "az login --scope=a --username=c"),
        ("az login --no-such-thing x -u a", "az login --no-such-thing=x --username=a"),
        (
            "az login -ojson --query '[].id' -s x",
            "az login --output=json --query=[].id --subscription=x",
        ),
        ("az login -u\"$U\" --password=$A$B", "az login --username=$U --password=$A$B"),
        ("az login $ARGS -u a", "az login [$ARGS] --username=a"),
        ("AZ.EXE login -u a", "az login --username=a"),
        ("./bin/az login -u a", "az login --username=a"),
        ("timeout 30 az login -u a", "az login --username=a"),
        ("sudo -u me ls", "sudo [-u me ls]"),
        ("az acr login -n x -u a", "az acr login -n=x -u=a"),
        ("az --version", "az --version"),
        ("kubelogin get-token -lropc -t x", "kubelogin get-token --login=ropc --tenant-id=x"),
        ("m365 login -t password -u a", "m365 login --authType=password --userName=a"),
    ];

    const CMDLETS: &[(&str, &str)] = &[
        ("Login-AzAccount", "connect-azaccount"),
        ("add-azureRMaccount -c $c", "connect-azurermaccount -c=$c"),
        ("Connect-AzAccount -CRED:$c -Domain d", "connect-azaccount -credential=$c -tenant=d"),
        (
            "Connect-AzAccount -Service -Cred $c",
            "connect-azaccount -serviceprincipal -credential=$c",
        ),
        (
            "Connect-AzAccount -Device -Acco a",
            "connect-azaccount -usedeviceauthentication -accountid=a",
        ),
        ("Connect-AzAccount -MSI:$false -Cred $c", "connect-azaccount -credential=$c"),
        ("Connect-AzAccount $c -Tenant t", "connect-azaccount -tenant=t -credential=$c"),
        ("Connect-AzAccount (Get-Credential)", "connect-azaccount -credential={}; get-credential"),
        ("Connect-AzAccount AzureCloud", "connect-azaccount [AzureCloud]"),
        ("Connect-AzAccount '-Credential' $c", "connect-azaccount [-Credential] -credential=$c"),
        ("$p = @{MSI=$true}; Connect-AzAccount @p", "connect-azaccount @-identity=$true"),
        (
            "$p = @{MSI=$true; Cred=$c}; $p = @{Cred=$d}; Connect-AzAccount @p",
            "connect-azaccount @-credential=$d",
        ),
        (
            "$p = @{Force=$false; Cred=$c}; Connect-AzAccount @p -Te t",
            "connect-azaccount @-credential=$c -tenant=t",
        ),
        ("Connect-AzAccount @p; $p = @{Cred=$c}", "connect-azaccount [$@p]"),
        ("Connect-AzureAD -Cred $c -Tenant t", "connect-azuread -credential=$c -tenantid=t"),
        (
            "Connect-PnPOnline -Interactive $site -Credentials $c",
            "connect-pnponline [$site] -interactive -credential=$c",
        ),
        ("Get-Thing -Name a -Force b", "get-thing [b] -name=a -force"),
    ];
}
