//! `Authentication=Active Directory Password`, in whichever connection string.

use super::{EVERYWHERE, Login, Rule, after, is_shown};
use crate::lang::{Call, Item, Parsed, Word};
use crate::text::pattern;
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "sql-active-directory-password",
    summary: "signs in to Azure SQL as a user of Microsoft Entra ID, with a password",
    explanation: "The driver sends the user's name and password to Microsoft Entra ID, and a password alone cannot meet \
                  multifactor authentication. The mandatory one covers Azure Resource Manager, not databases, so the \
                  files do not show whether the sign-in is refused; Conditional Access or security defaults may still \
                  refuse it (AADSTS50076). The drivers of Microsoft give this method up.",
    instead: "`Authentication=Active Directory Managed Identity` where Azure runs the code, `Active Directory Default` \
              where the Azure CLI or an environment signs in, and `Active Directory Service Principal` with a \
              certificate elsewhere. The identity must be a user of the database (`CREATE USER … FROM EXTERNAL \
              PROVIDER`).",
    references: &[
        "https://learn.microsoft.com/sql/connect/ado-net/sql/azure-active-directory-authentication",
        "https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-configure",
    ],
    client: "sql",
    hints: &[
        "active directory password",
        "active-directory-password",
        "activedirectorypassword",
        "sqlcmd",
        "bcp ",
        "aadauthenticationpassword",
    ],
    with: &[
        r"(?<near300>active[ -]?directory[ -]?password\b|authenticationtype[\s\S]{0,20}aadauthenticationpassword|-g\b)",
    ],
    enforced: false,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &["-G", "-U", "-P"],
    find,
    flagged: &[
        (
            "settings",
            "{\"Db\": \"Server=x.database.windows.net;Authentication=Active Directory Password;User ID=bot@contoso.com;Password=p4ssw0rd\"}",
        ),
        (
            "settings",
            "spring.datasource.url=jdbc:sqlserver://x.database.windows.net;authentication=ActiveDirectoryPassword\n",
        ),
        (
            "settings",
            "<add name=\"Db\" connectionString=\"Server=x;Authentication='Active Directory Password';UID=a\"/>",
        ),
        (
            "powershell",
            "Invoke-Sqlcmd -Query $q -ConnectionString \"Server=$s;Authentication=Active Directory Password;UID=$u;PWD=$p\"",
        ),
        ("bash", "sqlcmd -S x.database.windows.net -G -U bot@contoso.com -P \"$P\""),
        (
            "csharp",
            "class A { void F() { builder.Authentication = SqlAuthenticationMethod.ActiveDirectoryPassword; } }",
        ),
        ("java", "class A { void f() { source.setAuthentication(\"ActiveDirectoryPassword\"); } }"),
        (
            "java",
            "class A { void f() { source.setAuthentication(SqlAuthentication.ActiveDirectoryPassword.toString()); } }",
        ),
        (
            "python",
            "df = spark.read.format('jdbc').option('authentication', 'ActiveDirectoryPassword').load()",
        ),
        (
            "python",
            "c = pyodbc.connect(driver=d, server=s, authentication='ActiveDirectoryPassword', uid=u, pwd=p)",
        ),
        (
            "go",
            "package main\nfunc main() { sql.Open(\"azuresql\", \"sqlserver://u:canary-1@x.database.windows.net?fedauth=ActiveDirectoryPassword\") }",
        ),
        (
            "go",
            "package main\nfunc main() { s := fmt.Sprintf(\"sqlserver://%s:%s@x?fedauth=%s\", u, p, azuread.ActiveDirectoryPassword) }",
        ),
        (
            "javascript",
            "const config = { server: s, authentication: { type: 'azure-active-directory-password', options: { userName: u, password: p } } };",
        ),
        (
            "settings",
            "<dataSource><properties.microsoft.sqlserver user=\"u\" authentication=\"ActiveDirectoryPassword\"/></dataSource>",
        ),
        (
            "settings",
            "<property name=\"connection.url\">jdbc:sqlserver://x;authentication=ActiveDirectoryPassword</property>",
        ),
        ("bash", "bcp t in f.csv -S x -G -U \"$U\" -P \"$P\""),
        ("bash", "/opt/mssql-tools18/bin/sqlcmd -S x -G -U\"$U\" -P\"$P\" -i a.sql"),
        (
            "bash",
            "export SQLCMDPASSWORD=$P\nsqlcmd -S x.database.windows.net -G -U \"$U\" -i a.sql",
        ),
        (
            "bash",
            "sqlcmd -S x --authentication-method ActiveDirectoryPassword -U \"$U\" -P \"$P\" -i a.sql",
        ),
        (
            "settings",
            "steps:\n- task: SqlAzureDacpacDeployment@1\n  inputs:\n    AuthenticationType: aadAuthenticationPassword\n    aadSqlUsername: bot@contoso.com\n    aadSqlPassword: $(password)\n",
        ),
    ],
    passed: &[
        (
            "settings",
            "steps:\n- task: SqlAzureDacpacDeployment@1\n  inputs:\n    AuthenticationType: servicePrincipal\n    aadSqlUsername: ''\n",
        ),
        (
            "settings",
            "inputs:\n- name: AuthenticationType\n  options: {aadAuthenticationPassword: Active Directory - Password}\n",
        ),
        ("bash", "sqlcmd -S x --authentication-method ActiveDirectoryDefault -U \"$U\" -i a.sql"),
        ("bash", "sqlcmd -S x -G -U \"$U\" -i a.sql"),
        ("bash", "export SQLCMDPASSWORD=$P\nsqlcmd -S x -U sa -i a.sql"),
        ("settings", "{\"Db\": \"Server=x;Authentication=Active Directory Integrated\"}"),
        (
            "settings",
            "{\"Db\": \"Server=x;Authentication=Active Directory Managed Identity;UID=x\"}",
        ),
        ("bash", "sqlcmd -S x -U sa -P \"$P\""),
        ("bash", "sqlcmd -S x -G"),
        (
            "csharp",
            "class A { bool F() => builder.Authentication == SqlAuthenticationMethod.ActiveDirectoryPassword; }",
        ),
        ("java", "class A { void f() { source.setAuthentication(\"ActiveDirectoryMSI\"); } }"),
        ("java", "class A { void f() { modes.add(\"ActiveDirectoryPassword\"); } }"),
        (
            "javascript",
            "const config = { authentication: { type: 'azure-active-directory-msi-vm', options: { clientId: c } } };",
        ),
        (
            "javascript",
            "if (config.authentication.type === 'azure-active-directory-password') { ask(); }",
        ),
        (
            "settings",
            "<!-- <dataSource authentication=\"ActiveDirectoryPassword\"/> -->\n<dataSource authentication=\"ActiveDirectoryMSI\"/>",
        ),
        ("settings", "{\"title\": \"azure-active-directory-password-protection\"}"),
        (
            "csharp",
            "class A { void F() { throw new Exception(\"Authentication=Active Directory Password is given up\"); } }",
        ),
        ("bash", "# Active Directory Password policy"),
        ("bash", "echo \"Active Directory Password expired\""),
    ],
};

static METHOD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:authentication|fedauth)\s*=\s*(?:["'{\\]|&quot;)*(?:active directory password|activedirectorypassword)"#,
    )
});

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret, obstacle) = match item {
        Item::Text(word) if word.fits(&METHOD) && !is_shown(word, parsed) => (None, None, None),
        Item::Setting(it) => {
            let name = it.name.to_ascii_lowercase();
            let is_set = is_method(it.value) && name.contains("authentication");
            let is_typed = name.ends_with("type") && it.value.is(TYPE);
            let is_task = name == "authenticationtype" && it.value.is(TASK);
            if !is_set && !is_typed && !is_task {
                return None;
            }
            let nearest = |name: &str| {
                let all = parsed.settings().filter(|it| it.name.eq_ignore_ascii_case(name));
                all.min_by_key(|other| other.span.start.abs_diff(it.span.start)).map(|it| it.value)
            };
            let beside = |name| if is_task { nearest(name) } else { None };
            (beside(USER), beside(PASSWORD), is_task.then_some(OBSTACLE))
        }
        Item::Call(call) if sets_method(call) => {
            let given = |names: [&str; 2]| names.into_iter().find_map(|it| call.value(it));
            (given(["uid", "user"]), given(["pwd", "password"]), None)
        }
        Item::Call(call) => {
            let (user, secret) = of_tool(call, parsed)?;
            (user, secret, None)
        }
        Item::Text(_) => return None,
    };
    Some(Login { obstacle, ..Login::of(user, secret) })
}

/// The method and the inputs of the tasks that deploy databases in Azure Pipelines.
const TASK: &str = "aadAuthenticationPassword";
const USER: &str = "aadSqlUsername";
const PASSWORD: &str = "aadSqlPassword";

const OBSTACLE: &str = "a task of Azure Pipelines signs in to the database: set AuthenticationType to servicePrincipal, with \
                        which it signs in as its service connection does, and make that identity a user of the database";

/// The user and the password that a command line signs in with.
type Given<'c> = (Option<&'c Word>, Option<&'c Word>);

fn of_tool<'c>(call: &'c Call, parsed: &'c Parsed) -> Option<Given<'c>> {
    let is_tool = matches!(call.name.trim_end_matches(".exe"), "sqlcmd" | "bcp");
    let words = &call.arguments;
    let method = after(words, &["--authentication-method"]);
    let asks_entra = words.iter().any(|it| it.is("-G")) || method.is_some_and(is_method);
    if !is_tool || !asks_entra {
        return None;
    }
    let attached = |name: &str| words.iter().find(|it| is_attached(it, name));
    let user = after(words, &["-U", "--user-name"]);
    let has_user = user.is_some() || attached("-U").is_some();
    let set = || parsed.settings().find(|it| it.name == "SQLCMDPASSWORD").map(|it| it.value);
    let secret = after(words, &["-P"]).or_else(|| attached("-P")).or_else(set)?;
    has_user.then_some((user, Some(secret)))
}

/// `-Uname`
fn is_attached(word: &Word, option: &str) -> bool {
    let is_longer = word.parts.len() > 1 || !word.is(option);
    is_longer && word.begins_with(option)
}

/// What the drivers of Node.js call it.
const TYPE: &str = "azure-active-directory-password";

/// The name of the method, or the constant that stands for it.
fn is_method(word: &Word) -> bool {
    word.is("ActiveDirectoryPassword")
        || word.is("Active Directory Password")
        || word.variable().is_some_and(is_constant)
}

fn is_constant(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|it| it == "ActiveDirectoryPassword")
}

/// `setAuthentication(method)`, `option("authentication", method)`, `connect(authentication=method)`,
/// `Sprintf("…fedauth=%s", method)`
fn sets_method(call: &Call) -> bool {
    let is_put_in =
        || call.words.iter().any(|it| it.says("fedauth=")) && call.words.iter().any(is_method);
    if call.value("authentication").is_some_and(is_method) || is_put_in() {
        return true;
    }
    match call.words.as_slice() {
        [method] => {
            let is_named = || method.reads().into_iter().any(is_constant);
            call.name == "setauthentication" && (is_method(method) || is_named())
        }
        [name, method] => {
            let is_name =
                name.literal().is_some_and(|it| it.eq_ignore_ascii_case("authentication"));
            is_name && is_method(method)
        }
        _ => false,
    }
}
