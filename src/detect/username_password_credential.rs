//! `UsernamePasswordCredential` of the Azure Identity libraries.

use super::{Login, Rule, class_of_password};
use crate::lang::{Call, Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "username-password-credential",
    summary: "makes a credential of a user's name and password, for the libraries of Azure",
    explanation: "The credential sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication, which Azure requires of every user who creates, changes or deletes a resource. All \
                  Azure Identity libraries have deprecated it for that reason. The files do not always show what the \
                  token is for; a service beside Azure Resource Manager may take it a while longer.",
    instead: "`ManagedIdentityCredential` where Azure runs the program, `WorkloadIdentityCredential` on Kubernetes, \
              `AzurePipelinesCredential` in Azure Pipelines, `ClientAssertionCredential` where another platform vouches \
              for it, and a certificate elsewhere. `DefaultAzureCredential` takes whichever there is.",
    references: &[
        "https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication",
        "https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains",
    ],
    client: "azure-identity",
    hints: &["usernamepasswordcredential"],
    with: &[],
    enforced: true,
    asks_a_person: false,
    languages: &["python", "csharp", "javascript", "go", "java", "kotlin", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        (
            "python",
            "from azure.identity import UsernamePasswordCredential\nc = UsernamePasswordCredential(client_id, user, pw, tenant_id=t)",
        ),
        (
            "python",
            "import azure.identity.aio as ids\nc = ids.UsernamePasswordCredential(client_id=i, username=u, password='p4ssw0rd')",
        ),
        (
            "csharp",
            "using Azure.Identity;\nclass A { TokenCredential c = new UsernamePasswordCredential(user, \"p4ssw0rd\", tenant, client); }",
        ),
        (
            "csharp",
            "class A { object c = new Azure.Identity.UsernamePasswordCredential(user, password, t, c); }",
        ),
        (
            "csharp",
            "using Azure.Identity;\nclass A { UsernamePasswordCredential c = new(user, password, tenant, client); }",
        ),
        (
            "javascript",
            "import { UsernamePasswordCredential } from '@azure/identity';\nconst c = new UsernamePasswordCredential(t, i, process.env.USER_NAME!, process.env.PASSWORD!);",
        ),
        (
            "javascript",
            "const identity = require(\"@azure/identity\");\nnew identity.UsernamePasswordCredential(t, i, user, password)",
        ),
        (
            "go",
            "package main\nfunc main() { cred, err := azidentity.NewUsernamePasswordCredential(tenant, client, user, os.Getenv(\"PASSWORD\"), nil) }",
        ),
        (
            "powershell",
            "$c = [Azure.Identity.UsernamePasswordCredential]::new($user, 'p4ssw0rd', $tenant, $client)",
        ),
        (
            "java",
            "import com.azure.identity.*;\nclass A { Object c = new UsernamePasswordCredentialBuilder().clientId(i).username(u).password(p).build(); }",
        ),
        (
            "kotlin",
            "import com.azure.identity.UsernamePasswordCredentialBuilder\nval c = UsernamePasswordCredentialBuilder().clientId(i).username(u).password(p).build()",
        ),
        (
            "python",
            "from azure.identity.aio import UsernamePasswordCredential as Upc\nc = Upc(client_id=i, username=u, password=p)",
        ),
        (
            "javascript",
            "import { UsernamePasswordCredential as Upc } from '@azure/identity';\nconst c = new Upc(t, i, user, password);",
        ),
        (
            "csharp",
            "using Upc = Azure.Identity.UsernamePasswordCredential;\nclass A { object c = new Upc(user, password, t, c); }",
        ),
        (
            "powershell",
            "using namespace Azure.Identity\n$c = [UsernamePasswordCredential]::new($user, $password, $t, $c)",
        ),
    ],
    passed: &[
        (
            "python",
            "from contoso.identity import UsernamePasswordCredential as Upc\nc = Upc(client_id=i, username=u, password=p)",
        ),
        ("python", "from azure.identity import UsernamePasswordCredential"),
        (
            "python",
            "from azure.identity import DefaultAzureCredential\nc = DefaultAzureCredential(exclude_environment_credential=True)",
        ),
        ("python", "class UsernamePasswordCredential(InteractiveCredential):\n    pass"),
        (
            "kotlin",
            "import com.azure.identity.DefaultAzureCredentialBuilder\nval c = DefaultAzureCredentialBuilder().build()",
        ),
        (
            "java",
            "import jakarta.security.enterprise.credential.*;\nclass A { Object c = new UsernamePasswordCredential(login, new Password(p)); }",
        ),
        (
            "java",
            "import org.apereo.cas.authentication.credential.UsernamePasswordCredential;\nclass A { Object c = new UsernamePasswordCredential(user, password); }",
        ),
        ("csharp", "class A { object c = new UsernamePasswordCredential(user, password); }"),
        ("powershell", "$c = [Contoso.UsernamePasswordCredential]::new($user, $password)"),
        (
            "go",
            "package azidentity\nfunc NewUsernamePasswordCredential(tenantID string, clientID string) error { return nil }",
        ),
    ],
};

/// How a library calls the credential, and where the name and the password stand among what it is
/// given without names.
struct Library {
    module: &'static str,
    name: &'static str,
    user: usize,
    secret: usize,
    /// Nothing else has that name, so that the module need not be seen.
    only: bool,
}

const LIBRARIES: &[Library] = &[
    Library {
        module: "azure.identity",
        name: "UsernamePasswordCredential",
        user: 1,
        secret: 2,
        only: false,
    },
    Library {
        module: "Azure.Identity",
        name: "UsernamePasswordCredential",
        user: 0,
        secret: 1,
        only: false,
    },
    Library {
        module: "@azure/identity",
        name: "UsernamePasswordCredential",
        user: 2,
        secret: 3,
        only: false,
    },
    Library {
        module: "github.com/Azure/azure-sdk-for-go/sdk/azidentity",
        name: "NewUsernamePasswordCredential",
        user: 2,
        secret: 3,
        only: true,
    },
    Library {
        module: "com.azure.identity",
        name: "UsernamePasswordCredentialBuilder",
        user: usize::MAX,
        secret: usize::MAX,
        only: true,
    },
];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let named = call.command.literal()?;
    let is_it = |it: &&Library| {
        // A program's own function may differ by a letter's case alone.
        named.rsplit('.').next() == Some(it.name)
            && (it.only || parsed.imports(it.module) || named.starts_with(it.module))
    };
    let library = LIBRARIES.iter().find(is_it)?;
    let secret = call.value("password").or_else(|| call.words.get(library.secret));
    Some(Login {
        class: class_of_password(secret, parsed, call.span.start),
        obstacle: is_renamed(call, &named).then_some(RENAMED),
        ..Login::of(call.value("username").or_else(|| call.words.get(library.user)), secret)
    })
}

const RENAMED: &str =
    "the class is imported under another name: import it under its own, and plan again";

/// Whether the program calls the class by another name than its own.
fn is_renamed(call: &Call, named: &str) -> bool {
    let written = call.command.span;
    written.start < written.end && written.end - written.start < named.len()
}
