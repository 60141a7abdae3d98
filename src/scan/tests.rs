//! Tests of a whole scan.

use super::*;

fn scanned(files: &[(&str, &str)]) -> Scan {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let repository = Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
    scan(&sources, &repository)
}

#[test]
fn an_excerpt_masks_a_literal_password() {
    let found = scanned(&[("a.sh", "az login -u a@b.c -p 'canary-1'\n")]);
    assert_eq!(found.sites[0].excerpt.as_str(), "az login -u a@b.c -p '****'");
    assert!(!format!("{:?}", found.sites).contains("canary"));
    assert_eq!(found.secrets.len(), 1);
}

#[test]
fn an_ordinary_word_is_covered_where_it_is_a_password_alone() {
    let found = scanned(&[("a.sh", "az login -u a@b.c -p 'password'\n")]);
    assert_eq!(found.sites[0].excerpt.as_str(), "az login -u a@b.c -p '****'");
    assert!(found.secrets.is_empty());
}

#[test]
fn what_a_program_runs_as_one_text_is_left_to_a_person() {
    let script = "az login -u a@b.c -p 'canary-1'";
    let obstacle = |path, text: &str| scanned(&[(path, text)]).sites[0].obstacle;
    let joined = "os.system('az login -u ' + u + ' -p ' + p)\n";
    assert_eq!(obstacle("a.py", joined), Some(IN_PROGRAM));
    assert_eq!(obstacle("a.py", &format!("os.system(\"{script}\")\n")), None);
    assert_eq!(obstacle("a.py", "run(['az', 'login', '-u', u])\n"), None);
    assert_eq!(obstacle("a.sh", script), None);
}

#[test]
fn a_script_belongs_to_the_workflow_that_calls_it() {
    let workflow = "on: push\njobs:\n  deploy:\n    environment: production\n    steps:\n      - run: ./scripts/deploy.sh\n        env:\n          PW: ${{ secrets.PASSWORD }}\n";
    let script = "source \"$(dirname \"$0\")/login.sh\"\naz group create -n rg -l japaneast\n";
    let login = "az login -u \"$USER_NAME\" -p \"$PW\"\n";
    let found = scanned(&[
        (".github/workflows/deploy.yml", workflow),
        ("scripts/deploy.sh", script),
        ("scripts/login.sh", login),
    ]);
    let site = &found.sites[0];
    assert_eq!(site.reached.len(), 1);
    assert_eq!(site.reached[0].workload.platform, "github-actions");
    assert_eq!(site.reached[0].through, ["scripts/deploy.sh"]);
    assert_eq!(site.impact, Impact::Blocked);
    assert_eq!(
        *site.writes().next().unwrap(),
        Command { name: "az group create".into(), path: "scripts/deploy.sh".into(), line: 2 }
    );
    assert_eq!(site.origins[0].name, "secrets.PASSWORD");
}

#[test]
fn a_changed_file_is_reported_with_what_it_leads_to() {
    let workflow =
        |script| format!("on: push\njobs:\n  d:\n    steps:\n      - run: ./{script}.sh\n");
    let login = "az login -u \"$U\" -p \"$P\"\n";
    let files = [
        (".github/workflows/a.yml", &*workflow("a")),
        ("a.sh", ". ./b.sh\n"),
        ("b.sh", login),
        ("other.sh", login),
    ];
    for (changed, kept) in [
        (".github/workflows/a.yml", Some("b.sh")),
        ("a.sh", Some("b.sh")),
        ("b.sh", Some("b.sh")),
        ("c.sh", None),
    ] {
        let mut found = scanned(&files);
        found.keep_changed(&BTreeSet::from([changed.to_owned()]));
        let sites: Vec<&Site> = found.sites.iter().collect();
        assert_eq!(sites.iter().map(|it| &*it.path).collect::<Vec<_>>(), Vec::from_iter(kept));
        for site in sites {
            assert_eq!(site.reached[0].workload.platform, "github-actions");
        }
    }
}

#[test]
fn a_name_is_no_password() {
    let text = "$asset = 'canary-asset'\n$given = 'canary-4'\n$pw = $given\n\
                $s = ConvertTo-SecureString $pw -AsPlainText -Force\n\
                $other = Get-AutomationPSCredential -Name $asset\n\
                $c = New-Object PSCredential($other.UserName, $s)\n\
                Connect-AzAccount -Credential $c\n";
    let found = scanned(&[("a.ps1", text)]);
    let covered: Vec<&str> = found.secrets.iter().map(Secret::expose).collect();
    assert_eq!(covered, ["canary-4"]);
}

#[test]
fn a_script_that_is_not_read_is_named() {
    let step =
        |shell: &str| format!("      - run: az login -u a@b.c -p x\n        shell: {shell}\n");
    let workflow =
        format!("on: push\njobs:\n  d:\n    steps:\n{}{}", step("perl {0}"), step("bash"));
    let found = scanned(&[(".github/workflows/deploy.yml", &workflow)]);
    assert_eq!(found.sites.len(), 1);
    assert_eq!(found.skipped[0].reason, "it holds a script in a shell of its own that is not read");
    let help = "<helpItems><code>az login -u a@b.c -p x</code></helpItems>";
    let found = scanned(&[("help.xml", help), ("plain.xml", "<a>docker login -u a</a>")]);
    assert_eq!((found.sites.len(), found.skipped.len()), (0, 1));
    assert_eq!(found.skipped[0].path, "help.xml");
}

#[test]
fn a_file_that_is_not_readable_is_named_and_its_lines_are_read() {
    let workflow = "on: [\njobs:\n  d:\n    steps:\n      - run: az login -u a@b.c -p x\n";
    let found = scanned(&[(".github/workflows/deploy.yml", workflow)]);
    assert_eq!((found.sites.len(), found.skipped.len()), (1, 1));
    assert_eq!(found.sites[0].excerpt.as_str(), "az login -u a@b.c -p ****");
}

#[test]
fn what_people_read_is_documentation_and_calls_nothing() {
    let readme = "```sh\naz login -u a@b.c -p x\n./login.sh\n```\nor `az login`\n";
    let found = scanned(&[("README.md", readme), ("login.sh", "az login -u a -p b\n")]);
    let sites: Vec<_> = found.sites.iter().map(|it| (&*it.path, it.class)).collect();
    let expected = [("README.md", Class::Documentation), ("login.sh", Class::UserIdentity)];
    assert_eq!(sites, expected);
    assert_eq!(found.sites[1].reached[0].workload.platform, "standalone");
}

#[test]
fn a_text_of_several_jobs_is_one_site() {
    let pipeline = ".login: &login\n  - az login -u a@b.c -p x\n\
                    a:\n  script:\n    - *login\n    - az group create -n a\n\
                    b:\n  before_script: *login\n  script: [az group list]\n";
    let found = scanned(&[(".gitlab-ci.yml", pipeline)]);
    assert_eq!(found.sites.len(), 1);
    let site = &found.sites[0];
    let names: Vec<_> = site.reached.iter().map(|it| it.workload.label.as_str()).collect();
    assert_eq!((names, site.impact, site.start.line), (vec!["a", "b"], Impact::Blocked, 2));
}

#[test]
fn a_question_is_reported_where_nobody_answers() {
    let workflow = "on: push\njobs:\n  d:\n    steps:\n      - run: ./signed.sh\n";
    let files = [("signed.sh", "# az login\naz login --use-device-code\n"), ("b.sh", "az login\n")];
    assert!(scanned(&files).sites.is_empty());
    let found = scanned(&[files[0], files[1], (".github/workflows/d.yml", workflow)]);
    let sites: Vec<_> = found.sites.iter().map(|it| (&*it.path, it.class, it.impact)).collect();
    assert_eq!(sites, [("signed.sh", Class::Interactive, Impact::Blocked)]);
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let login = "az login -u a@b.c -p x\n";
    let prints = |text: &str| -> Vec<String> {
        let found = scanned(&[("a.sh", text)]);
        found.sites.into_iter().map(|it| it.fingerprint).collect()
    };
    let [one, two] = prints(&login.repeat(2)).try_into().unwrap();
    assert_ne!(one, two);
    assert_eq!(prints(&format!("echo\n\n{login}")), [one]);
}

#[test]
fn what_follows_is_listed_up_to_a_bound() {
    let creates = "az group create -n a\n".repeat(LISTED + 7);
    let found = scanned(&[("a.sh", &format!("az login -u a@b.c -p \"$P\"\n{creates}"))]);
    let site = &found.sites[0];
    assert_eq!((site.writes().count(), site.more), (LISTED, true));
    let reads = "az group list\n".repeat(LISTED);
    let text = format!("az login -u a@b.c -p x\n{reads}az group create -n a\n");
    let found = scanned(&[("a.sh", &text)]);
    assert_eq!(found.sites[0].impact, Impact::Blocked);
}

#[test]
fn what_follows_ends_with_the_next_sign_in() {
    let [user, next] = ["az login -u a@b.c -p \"$P\"", "az login --identity"];
    let create = "az group create -n a";
    for (text, impact) in [
        (format!("{user}\naz group list\n{next}\n{create}\n"), Impact::NotBlocked),
        (format!("if x; then\n  {user}\nelse\n  {next}\nfi\n{create}\n"), Impact::Blocked),
        (format!("{user} || {next}\n{create}\n"), Impact::Blocked),
        (format!("{user}\nf() {{\n  {next}\n}}\n{create}\n"), Impact::Blocked),
        (
            format!("{user}\naz group list\nConnect-AzAccount -Identity\n{create}\n"),
            Impact::Blocked,
        ),
    ] {
        assert_eq!(scanned(&[("a.sh", &text)]).sites[0].impact, impact, "{text}");
    }
    let text = format!(
        "on: push\njobs:\n  d:\n    steps:\n      - run: {user}\n        if: x\n      - run: {next}\n        \
         if: y\n      - run: {create}\n"
    );
    let found = scanned(&[(".github/workflows/d.yml", &text)]);
    assert_eq!(found.sites[0].impact, Impact::Blocked, "a step may be left out");
}

#[test]
fn a_program_that_cannot_be_read_is_named() {
    let deep: String = (0..1000).map(|n| format!("{}if x:\n", " ".repeat(n))).collect();
    let found = scanned(&[("a.py", &format!("# az login -u a\n{deep}"))]);
    assert_eq!(found.skipped[0].reason, "it is indented too deeply to be read");
}

#[test]
fn the_password_of_a_form_is_masked() {
    let url = "https://login.microsoftonline.com/t/oauth2/token";
    for form in [
        "-d grant_type=password --data-urlencode 'password=canary-6'",
        "-d 'username=a&password=canary-6&grant_type=password'",
    ] {
        let found = scanned(&[("a.sh", &format!("curl {url} {form}\n"))]);
        assert!(found.sites[0].leaked, "{form}");
        assert!(found.secrets.iter().all(|it| it.expose().contains("canary-6")), "{form}");
        assert!(!found.sites[0].excerpt.as_str().contains("canary"), "{form}");
    }
}

#[test]
fn a_password_in_a_connection_string_is_leaked_and_not_shown() {
    let sql = "Server=s;Authentication=Active Directory Password;UID=a";
    let url = "Url=https://o.crm.dynamics.com;AuthType=OAuth;Username=a";
    for (path, text) in [
        ("a.cs", format!("class A {{ string C = \"{sql};PWD=canary-6,x\"; }}")),
        ("Web.config", format!("<add name=\"a\" connectionString=\"{sql};PWD=canary-6&amp;x\"/>")),
        ("a.cs", format!("class A {{ string C = \"{url};\" + \"Password=canary-6\"; }}")),
        ("a.cs", format!("class A {{ void F() {{ }} }}\n// \"{sql};PWD=canary-6\"")),
        (
            "a.go",
            "package a\nvar c = \"sqlserver://u:canary-6@h?fedauth=ActiveDirectoryPassword\""
                .to_owned(),
        ),
        (
            "a.py",
            "c = pyodbc.connect(authentication='ActiveDirectoryPassword', uid='u', pwd='canary-6')"
                .to_owned(),
        ),
    ] {
        let found = scanned(&[(path, &text)]);
        assert!(found.sites[0].leaked, "{text}");
        assert!(!found.sites[0].excerpt.as_str().contains("canary"), "{text}");
    }
    for password in ["\" + p + \"", "{0}", "%s", "<password>"] {
        let text = format!("class A {{ string C = \"{sql};PWD={password};Encrypt=True\"; }}");
        assert!(!scanned(&[("a.cs", &text)]).sites[0].leaked, "{text}");
    }
}

#[test]
fn what_a_test_keeps_of_a_connection_signs_in_nowhere() {
    let kept = "c = SQLServerCredentials(authentication='ActiveDirectoryPassword', UID='a', PWD=p)\nassert 'Authentication=ActiveDirectoryPassword' in build(c)\n";
    let connected =
        "c = pyodbc.connect(authentication='ActiveDirectoryPassword', uid='a', pwd=p)\n";
    for (path, text, class) in [
        ("tests/test_sql.py", kept, Class::Simulation),
        ("tests/test_sql.py", connected, Class::UserIdentity),
        ("sql.py", kept, Class::UserIdentity),
    ] {
        let found = scanned(&[(path, text)]);
        assert!(
            !found.sites.is_empty() && found.sites.iter().all(|it| it.class == class),
            "{path}"
        );
    }
}

#[test]
fn who_includes_a_file_may_ask_for_what_its_functions_are_given() {
    let lib = "function Open-It([pscredential]$Credential) { Connect-AzAccount -Credential $Credential }\n";
    let asks = ". ./lib.ps1\n$c = Get-Credential\nOpen-It -Credential $c\n";
    let reads = ". $PSScriptRoot/lib.ps1\nOpen-It (Import-Clixml c.xml)\n";
    let own = format!("{lib}Open-It (Import-Clixml c.xml)\n");
    for (lib, callers, class) in [
        (lib, &[asks][..], Class::Interactive),
        (lib, &[asks, asks], Class::Interactive),
        (lib, &[asks, ". ./lib.ps1\n"], Class::Interactive),
        (lib, &[asks, reads], Class::UserIdentity),
        (lib, &[". ./lib.ps1\nGet-Credential\n"], Class::UserIdentity),
        (lib, &["$c = Get-Credential\nOpen-It $c\n"], Class::UserIdentity),
        (&own, &[asks], Class::UserIdentity),
    ] {
        let paths = ["a.ps1", "b.ps1"];
        let mut files = vec![("lib.ps1", lib)];
        files.extend(paths.into_iter().zip(callers.iter().copied()));
        let found = scanned(&files);
        assert_eq!(found.sites.len(), 1, "{callers:?}");
        assert_eq!(found.sites[0].class, class, "{callers:?}");
    }
    let shell = "signin() {\n  az login -u \"$1\" -p \"$2\"\n}\n";
    let asks = "source ./lib.sh\nread -sp 'Password: ' P\nsignin me \"$P\"\n";
    let found = scanned(&[("lib.sh", shell), ("a.sh", asks)]);
    assert_eq!(found.sites[0].class, Class::Interactive);
}

#[test]
fn a_placeholder_is_not_leaked() {
    for (password, leaked) in [
        ("canary-5", true),
        ("'<password>'", false),
        ("\"$P\"", false),
        ("xxxx", false),
        ("YourPassword", false),
        ("your-canary", true),
    ] {
        let found = scanned(&[("a.sh", &format!("az login -u a@b.c -p {password}\n"))]);
        assert_eq!(found.sites[0].leaked, leaked, "{password}");
    }
}

#[test]
fn a_script_in_a_script_in_a_step_has_its_place_and_its_password() {
    let workflow = "on: push\njobs:\n  d:\n    steps:\n      - run: |\n          \
         pw='canary-5'\n          ssh host <<EOF\n            pwsh -c \"az login -u ${{ vars.U }} \
         -p $pw\"\n          EOF\n";
    let found = scanned(&[(".github/workflows/deploy.yml", workflow)]);
    let site = &found.sites[0];
    let at = |it: Span| &workflow[it.start..it.end];
    assert_eq!(at(site.span), "az login -u ${{ vars.U }} -p $pw");
    assert_eq!(site.language, "powershell");
    assert_eq!(site.related.iter().map(|it| at(it.span)).collect::<Vec<_>>(), ["pw='canary-5'"]);
    assert_eq!(site.origins.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["vars.U"]);
    let covered: Vec<&str> = found.secrets.iter().map(Secret::expose).collect();
    assert_eq!(covered, ["canary-5"]);
}

#[test]
fn a_command_that_is_one_of_two_kinds_is_in_doubt() {
    let text = "cmd='az login -u a@b.c -p \"$P\"'\nif sp; then cmd=\"$cmd --service-principal\"; fi\neval \"$cmd\"\n";
    let found = scanned(&[("a.sh", text)]);
    assert_eq!(found.sites.len(), 1);
    assert!(found.sites[0].doubt.is_some_and(|it| it.contains("on another way")));
}

#[test]
fn a_name_that_a_script_signs_in_with_is_no_site_of_its_own() {
    let workflow = |run: &str| {
        format!(
            "on: push\njobs:\n  d:\n    env:\n      AZURE_USERNAME: a@b.c\n      \
             AZURE_PASSWORD: ${{{{ secrets.P }}}}\n    steps:\n      - run: {run}\n"
        )
    };
    let rules = |run: &str| {
        let text = workflow(run);
        let found = scanned(&[(".github/workflows/d.yml", &text)]);
        found.sites.iter().map(|it| it.rule.id).collect::<Vec<_>>()
    };
    let login = rules("az login -u \"$AZURE_USERNAME\" -p \"$AZURE_PASSWORD\"");
    assert_eq!(login, ["az-login-password"]);
    assert_eq!(rules("python deploy.py"), ["azure-username-environment"]);
}

#[test]
fn what_a_job_sets_is_that_jobs() {
    let workflow = "on: push\njobs:\n  a:\n    env:\n      AZURE_USERNAME: a@b.c\n      AZURE_PASSWORD: ${{ secrets.P }}\n    \
         steps:\n      - run: ./a\n      - run: ./b\n  b:\n    steps:\n      - run: ./c\n";
    let found = scanned(&[(".github/workflows/d.yml", workflow)]);
    let jobs = |site: &Site| -> Vec<String> {
        site.reached.iter().map(|it| it.workload.name.clone()).collect()
    };
    assert_eq!(found.sites.iter().map(jobs).collect::<Vec<_>>(), [["d.yml, job a"]]);
    let alone = scanned(&[("a.env", "AZURE_USERNAME=a\nAZURE_PASSWORD=$P\n")]);
    assert_eq!(alone.sites[0].reached[0].workload.platform, "standalone");
}

#[test]
fn a_sign_in_that_a_variable_holds_is_found_where_it_is_written() {
    let github = |login: &str, run: &str| {
        let text = format!(
            "on: push\nenv:\n  LOGIN: {login}\njobs:\n  d:\n    steps:\n      - run: {run}\n      - run: {run}\n      - run: az group delete -n a\n"
        );
        (".github/workflows/d.yml", text)
    };
    let pipeline = |set: &str| {
        let text = format!("variables:\n{set}\nsteps:\n- script: $(login)\n");
        ("azure-pipelines.yml", text)
    };
    let make = |text: &str| ("Makefile", text.to_owned());
    let login = "az login -u ${{ secrets.U }} -p ${{ secrets.P }}";
    for ((path, text), expected) in [
        (github(login, "$LOGIN"), login),
        (github(login, "eval \"$LOGIN\" && az group list"), login),
        (github(&format!("'{login}'"), "${{ env.LOGIN }}"), login),
        (pipeline("  login: az login -u $(u) -p $(p)"), "az login -u $(u) -p $(p)"),
        (pipeline("- name: login\n  value: az login -u a -p $(p)"), "az login -u a -p $(p)"),
        (
            make("LOGIN = az login -u $(U) -p $(P)\nall:\n\t@$(LOGIN)\n\taz group list\n"),
            "az login -u $(U) -p $(P)",
        ),
        (
            (
                ".gitlab-ci.yml",
                "variables:\n  L: az login -u $U -p $P\nd:\n  script: [$L]\n".to_owned(),
            ),
            "az login -u $U -p $P",
        ),
    ] {
        let found = scanned(&[(path, &text)]);
        assert_eq!(found.sites.len(), 1, "{text}");
        let Span { start, end } = found.sites[0].span;
        assert_eq!(&text[start..end], expected);
        assert!(found.sites[0].obstacle.is_some(), "{text}");
    }
    let (path, text) = github(login, "$LOGIN");
    let site = &scanned(&[(path, &text)]).sites[0];
    assert_eq!(site.impact, Impact::Blocked);
    let origins = site.origins.iter().map(|it| (it.role, it.name.as_str(), it.line));
    let expected = [("password", "secrets.P", 3), ("user", "secrets.U", 3)];
    assert_eq!(origins.collect::<Vec<_>>(), expected);
    for (path, text) in [
        github(login, "echo \"$LOGIN\""),
        github(login, "./deploy.sh"),
        github("az login", "$LOGIN --service-principal -u $A -p $S -t $T"),
        github("az login --service-principal -u $A -p $S -t $T", "$LOGIN"),
        make("LOGIN = az login -u $(U) -p $(P)\nall:\n\taz group list\n"),
    ] {
        assert!(scanned(&[(path, &text)]).sites.is_empty(), "{text}");
    }
}

#[test]
fn variables_that_are_written_one_by_one_are_read_together() {
    let rules = |path: &str, text: &str| -> Vec<(&str, Class)> {
        scanned(&[(path, text)]).sites.iter().map(|it| (it.rule.id, it.class)).collect()
    };
    let (user, password) = ("AZURE_USERNAME=$U", "AZURE_PASSWORD=$P");
    for (path, text) in [
        ("a.sh", format!("echo \"{user}\" >> $GITHUB_ENV\necho \"{password}\" >> \"$GITHUB_ENV\"")),
        ("a.sh", format!("{{\n  echo \"{user}\"\n  echo \"{password}\"\n}} >> $GITHUB_ENV")),
        ("a.sh", format!("echo \"{user}\" > dev.env; echo \"{password}\" >> dev.env")),
        (
            "a.ps1",
            format!(
                "\"{user}\" | Out-File -Append $env:GITHUB_ENV\n\"{password}\" >> $env:GITHUB_ENV"
            ),
        ),
        (
            "a.ps1",
            format!(
                "Add-Content $env:GITHUB_ENV \"{user}\"\nAdd-Content $env:GITHUB_ENV \"{password}\""
            ),
        ),
    ] {
        let expected = [("azure-username-environment", Class::UserIdentity)];
        assert_eq!(rules(path, &text), expected, "{text}");
    }
    for text in [
        format!("echo \"{user}\" >> $GITHUB_ENV\necho \"{password}\" >> $OTHER"),
        format!("echo \"{user}\" >> a.env\necho \"{password}\" >> b.env"),
        format!("{{ echo \"{user}\"; echo \"{password}\"; }} 2>> $GITHUB_ENV"),
        format!(
            "{{ echo \"{user}\"; echo \"{password}\"; }} >> $GITHUB_ENV; echo AZURE_CLIENT_SECRET=$S >> $GITHUB_ENV"
        ),
    ] {
        assert_eq!(rules("a.sh", &text), [], "{text}");
    }
    let script = "{ echo 'set -e'; echo 'az login -u a@b.c -p canary-1'; } > login.sh";
    assert_eq!(rules("a.sh", script), [("az-login-password", Class::UserIdentity)]);
}

#[test]
fn what_is_only_shown_signs_nobody_in() {
    let text = "echo \"run: bash -c 'az login -u a@b.c -p x'\"\necho 'az login -u a@b.c -p x'\n\
                echo 'az login -u a@b.c -p x' > login.sh\n";
    let found = scanned(&[("a.sh", text)]);
    let classes: Vec<_> = found.sites.iter().map(|it| it.class).collect();
    assert_eq!(classes, [Class::Message, Class::UserIdentity]);
}

#[test]
fn a_connection_string_in_a_test_is_data_and_what_signs_in_there_is_not() {
    let text = "check('Server=x;Authentication=Active Directory Password;UID=a;PWD=canary-1');\n\
                import { UsernamePasswordCredential } from '@azure/identity';\n\
                new UsernamePasswordCredential(t, c, u, p);\n\
                fetch('https://login.microsoftonline.com/t/oauth2/token', { body: 'grant_type=password&username=u' });\n";
    let of = |path: &str| -> Vec<Class> {
        scanned(&[(path, text)]).sites.iter().map(|it| it.class).collect()
    };
    assert_eq!(of("sql.test.ts"), [Class::Simulation, Class::UserIdentity, Class::UserIdentity]);
    assert_eq!(of("sql.ts"), [Class::UserIdentity; 3]);
}

#[test]
fn a_token_that_a_person_types_the_password_for_is_interactive() {
    let of = |from: &str| {
        let text = format!(
            "$c = {from}\n$b = @{{ grant_type = 'password'; password = $c.GetNetworkCredential().Password }}\n\
             Invoke-RestMethod \"https://login.microsoftonline.com/$t/oauth2/token\" -Body $b\n"
        );
        scanned(&[("a.ps1", &text)]).sites[0].class
    };
    assert_eq!(of("Get-Credential"), Class::Interactive);
    assert_eq!(of("Get-AutomationPSCredential -Name bot"), Class::UserIdentity);
}

#[test]
fn a_comment_is_reported_as_one() {
    let found = scanned(&[("a.sh", "# az login -u a@b.c -p canary-2\naz group list\n")]);
    assert_eq!(found.sites[0].class, Class::Commented);
    assert_eq!(found.sites[0].excerpt.as_str(), "az login -u a@b.c -p ****");
}

#[test]
fn a_file_with_too_many_sign_ins_is_named_and_not_changed() {
    let text = |many: usize| "az login -u a@b.c -p canary-1\n".repeat(many);
    let nested = |many: usize| "bash -c 'az login -u a@b.c -p canary-1'\n".repeat(many);
    for text in [text, nested] {
        let found = scanned(&[("a.sh", &text(300))]);
        assert_eq!((found.sites.len(), found.skipped.len()), (300, 0));
        let found = scanned(&[("a.sh", &text(301))]);
        assert_eq!(found.sites.len(), 300);
        assert_eq!(found.skipped[0].reason, "it holds more sign-ins than are looked at");
        assert!(found.sites.iter().all(|it| it.obstacle.is_some()));
    }
    // What is found twice is one sign-in, and fills the bound all the same.
    let found = scanned(&[("a.sh", &"docker run -v ~/.azure:/home/app/.azure x\n".repeat(151))]);
    assert_eq!((found.sites.len(), found.skipped.len()), (151, 1));
}

#[test]
fn what_is_commented_out_has_no_callers() {
    let one = ("a.sh", "# az login -u a@b.c -p x\n");
    let other = ("b.sh", "az login -u a@b.c -p x\n./a.sh\n");
    let of = |files: &[(&str, &str)]| scanned(files).sites.remove(0);
    let (alone, beside) = (of(&[one]), of(&[one, other]));
    assert_eq!((beside.class, &*beside.path), (Class::Commented, "a.sh"));
    assert_eq!(beside.reached, alone.reached);
}

#[test]
fn what_repeats_another_file_is_a_copy() {
    let one = "tests:\n  - shell: bash\n    run: |\n      az login -u a@b.c -p x\n";
    let index = format!("# all of them\n{}", one.replace("-p x", "-p x  "));
    let found = scanned(&[("index.yaml", &index), ("one.yaml", one)]);
    let sites: Vec<_> = found.sites.iter().map(|it| (&*it.path, it.class)).collect();
    assert_eq!(sites, [("index.yaml", Class::Copied), ("one.yaml", Class::UserIdentity)]);
}

#[test]
fn each_way_to_a_credential_is_related() {
    let text = "$c = $old\nif ($x) {\n  $c = Get-AutomationPSCredential -Name a\n} else {\n  $c = Get-AutomationPSCredential -Name b\n}\nAdd-AzureAccount -Credential $c\n";
    let found = scanned(&[("a.ps1", text)]);
    let lines: Vec<usize> = found.sites[0].related.iter().map(|it| it.start.line).collect();
    assert_eq!(lines, [1, 3, 5]);
}

#[test]
fn the_plumbing_of_a_credential_is_related() {
    let text = "$pw = ConvertTo-SecureString 'canary-3' -AsPlainText -Force\n$cred = New-Object PSCredential('a@b.c', $pw)\nConnect-AzAccount -Credential $cred\n";
    let found = scanned(&[("a.ps1", text)]);
    let lines: Vec<usize> = found.sites[0].related.iter().map(|it| it.start.line).collect();
    assert!(lines.contains(&1) && lines.contains(&2), "{lines:?}");
    assert_eq!(found.secrets.len(), 1);
}
