//! What PowerShell says, and what is made of it.

use super::*;
use crate::lang::{
    self,
    testing::{calls, check_places, holds, nested, said, written},
};
use proptest::prelude::*;

#[test]
fn texts_are_read_as_the_tables_say() {
    holds(&LANGUAGE, CALLS, REMOVALS, ASSIGNMENTS);
}

#[test]
fn comments_are_what_stands_after_their_sign() {
    let text =
        "#!/usr/bin/pwsh\n## one\nfoo '# no' # two #3\n<#\n  four\n#>\nfoo <# five #> -x a#b\n";
    assert_eq!(said(&LANGUAGE, text), ["one", "two #3", "four", "five"]);
}

#[test]
fn an_error_costs_no_more_than_its_statement() {
    for wrong in ["foo \"bar", "foo 'bar", "}", "foo )", "$x = @'", "@{ a = ", "<# a"] {
        let text = format!("az login -u a\n{wrong}\nConnect-AzAccount -Credential $c\n");
        let found = calls(&LANGUAGE, &text, &["az login", "connect-azaccount"]);
        let expected = match wrong {
            "<# a" => "az login --username=a",
            _ => "az login --username=a; connect-azaccount -credential=$c",
        };
        assert_eq!(found, expected, "{wrong}");
        assert!(LANGUAGE.parse(&text, &[]).errors > 0, "{wrong}");
    }
}

#[test]
fn what_is_written_out_inside_a_computed_word_is_known() {
    let text = "Connect-AzAccount -Credential ([pscredential]::new('me', \
                (ConvertTo-SecureString hunter2 -AsPlainText)))";
    assert_eq!(written(&LANGUAGE, text), ["me", "hunter2"]);
}

#[test]
fn what_is_run_written_and_printed_is_a_text_of_its_own() {
    for (text, expected) in NESTED {
        assert_eq!(nested(&LANGUAGE, text), *expected, "{text}");
    }
}

#[test]
fn quotes_that_are_doubled_within_their_own_kind_are_two_in_the_other() {
    check_places(&LANGUAGE, "iex “''if `$c iex ");
    check_places(&LANGUAGE, "iex \"''a`$b''c\"; iex '\"\"a''b''''c'; iex “a`“b““c”");
}

#[test]
fn nesting_does_not_end_with_the_stack() {
    for open in [
        "(",
        "$(a ",
        "{ ",
        "if (x) { ",
        "a && ",
        "\"$(",
        "@{ a = ",
        "$a = ",
        "return ",
        "[",
        "[a",
        "a -b (",
        "@(",
        "$a[",
        "$a.b(",
        "${",
        "function f(",
        "\"",
        "a | ",
        "$a,",
    ] {
        check_places(&LANGUAGE, &open.repeat(100_000));
    }
}

proptest! {
    #[test]
    fn any_text_has_its_places_in_order(text in any::<String>()) {
        check_places(&LANGUAGE, &text);
    }

    #[test]
    fn any_pieces_have_their_places_in_order(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40),
    ) {
        check_places(&LANGUAGE, &pieces.concat());
    }
}

const PIECES: &[&str] = &[
    "iex ",
    "Set-Content x.ps1 ",
    "| Out-File x.ps1",
    "> x.ps1",
    "powershell -c ",
    "Start-Process az -ArgumentList ",
    "[scriptblock]::Create(",
    "`$c ",
    "''",
    "\"\"",
    "az login ",
    "Connect-AzAccount ",
    "-Credential ",
    "-Cred:",
    "$c",
    "${x y}",
    "$env:A",
    "$(",
    "(",
    ")",
    "@(",
    "@{",
    "}",
    "{",
    "[string]",
    "[",
    "]",
    "'",
    "\"",
    "`",
    "`\n",
    " ",
    "\n",
    "\r\n",
    "; ",
    "| ",
    "&& ",
    "& ",
    ". ",
    ".Foo",
    "::new",
    "= ",
    "+= ",
    ", ",
    "@'\n",
    "\n'@",
    "@\"\n",
    "\n\"@",
    "# c",
    "<#",
    "#>",
    "if ",
    "else ",
    "foreach ",
    "param",
    "function f ",
    "return ",
    "> $null ",
    "2>&1 ",
    "“",
    "”",
    "‘",
    "’",
    "–",
    "é",
    "あ",
    "$",
    "@p",
    "-not ",
    "$null = ",
    "[void]",
    "| Out-Null",
];

const CALLS: &[(&str, &str)] = &[
    (
        "Start-Process az -ArgumentList 'login','-u',$u,'-p',$p -Wait",
        "az login --username=$u --password=$p",
    ),
    (
        "Start-Process -FilePath az.cmd -ArgumentList \"login -u $u -p x\" -NoNewWindow",
        "az login --username=$u --password=x",
    ),
    ("$a = @('login', '-u', $u); & az @a", "az login @--username=$u"),
    ("$a = 'login', '-u', $u; $a += '-p', 'x'; az $a", "az login @--username=$u @--password=x"),
    (
        "$a = @('-u', $u); if ($s) { $a += '--service-principal' }; az login @a",
        "az login [$--service-principal] @--username=$u",
    ),
    (
        "Connect-AzAccount -Credential $svc -Tenant $t | Out-Null",
        "connect-azaccount -credential=$svc -tenant=$t; out-null",
    ),
    (
        "Login-AzureRmAccount -Credential $svc -SubscriptionId $s",
        "connect-azurermaccount -credential=$svc -subscription=$s",
    ),
    (
        "Connect-AzAccount -Credential ([pscredential]::new($u, $sec))",
        "connect-azaccount -credential={u sec}; pscredential [$u $sec]",
    ),
    (
        "$p = @{Tenant=$t}; if ($c) { $p += @{Credential=$c} }; Connect-AzAccount @p",
        "connect-azaccount @-tenant=$t @-credential=$c",
    ),
    (
        "Connect-AzAccount `\n  -Environment X `\n  -Credential $c",
        "connect-azaccount -environment=X -credential=$c",
    ),
    (
        "Connect-AzAccount -ServicePrincipal -Credential $c -Tenant $t",
        "connect-azaccount -serviceprincipal -credential=$c -tenant=$t",
    ),
    (
        "$svc = Get-AutomationPSCredential -Name 'nightly-bot'",
        "get-automationpscredential -name=nightly-bot",
    ),
    (
        "Connect-AzAccount –Credential $c –Tenant “my tenant”",
        "connect-azaccount -credential=$c -tenant=my tenant",
    ),
    (
        "Connect-AzAccount -Credential:$x -Force:$false -ServicePrincipal:$false -Identity:$true",
        "connect-azaccount -credential=$x -identity=$true",
    ),
    (
        "Connect-AzAccount -Credential $x|Out-File y.txt",
        "connect-azaccount -credential=$x; out-file [y.txt]",
    ),
    (
        "try{Connect-AzAccount -Credential $c -EA Stop}catch{exit 1}",
        "connect-azaccount -credential=$c -erroraction=Stop",
    ),
    (
        r#"az login -u $cred.UserName -p $cred.GetNetworkCredential().Password --tenant "$t""#,
        "az login --username={cred} --password={cred} --tenant=$t; getnetworkcredential",
    ),
    (
        r#"& az login --username=$u "--password=$p" 2>&1 | Out-Null"#,
        "az login --username=$u --password=$p; out-null",
    ),
    (r#"& "C:\Program Files\az.cmd" login -u a -p b"#, "az login --username=a --password=b"),
    ("[void](Connect-AzAccount -Cred $c)", "connect-azaccount -credential=$c"),
    ("$null = Connect-AzAccount -Cred $c", "connect-azaccount -credential=$c"),
    (
        "$x = Connect-AzAccount -Cred $c -ErrorAction Stop",
        "connect-azaccount -credential=$c -erroraction=Stop",
    ),
    (r"Az.Accounts\Connect-AzAccount -Cred $script:c", "connect-azaccount -credential=$c"),
    ("Connect-AzureRmAccount $cred", "connect-azurermaccount -credential=$cred"),
    ("Add-AzureAccount -Credential $cred", "add-azureaccount -credential=$cred"),
    (
        r#"Write-Host "log: Connect-AzAccount -Credential $c""#,
        "write-host [log: Connect-AzAccount -Credential $c]",
    ),
    ("# Connect-AzAccount -Credential $c", ""),
    ("<# Connect-AzAccount\n -Credential $c #>", ""),
    (
        "if (-not (Connect-AzAccount -Credential $c)) { throw 'x' }",
        "connect-azaccount -credential=$c",
    ),
    (
        "function f { param([string]$User, $Pass = 'x') az login -u $User -p $Pass }",
        "az login --username=$user --password=$pass",
    ),
    (
        "$secure = ConvertTo-SecureString hunter2 -AsPlainText -Force",
        "convertto-securestring [hunter2] -asplaintext -force",
    ),
    (
        r#"$c = New-Object System.Management.Automation.PSCredential ($u, (ConvertTo-SecureString "p w" -AsPlainText -Force))"#,
        "pscredential [$u {}]; new-object [System.Management.Automation.PSCredential {u}]; convertto-securestring [p w] -asplaintext -force",
    ),
    (
        r#"Connect-AzAccount -Credential (Get-Credential) -WhatIf -Subscription 'a''b' -Tenant "x`"y$($z.q)""#,
        r#"connect-azaccount -credential={} -whatif -subscription=a'b -tenant=x"y{z}; get-credential"#,
    ),
    (
        "$p = @{}; $p.Credential = $c; $p['Tenant'] = 't'; $p.Add('Subscription', $s); Login-AzAccount @p -Env $env:AzEnv",
        "add [Subscription $s]; connect-azaccount @-credential=$c @-tenant=t @-subscription=$s -environment=$env:AzEnv",
    ),
    ("Connect-AzAccount @PSBoundParameters", "connect-azaccount [$@psboundparameters]"),
    (
        "Get-X | ForEach-Object { Connect-AzAccount -Credential $_.Cred }",
        "get-x; foreach-object [{}]; connect-azaccount -credential={}",
    ),
    (
        "Connect-AzAccount -Identity -AccountId $id; Connect-AzAccount -MSI",
        "connect-azaccount -identity -accountid=$id; connect-azaccount -identity",
    ),
    (
        "if ($a) { Connect-AzAccount -Credential $a } elseif ($b) { Connect-AzAccount -Credential $b } else { Connect-AzAccount }",
        "connect-azaccount -credential=$a; connect-azaccount -credential=$b; connect-azaccount",
    ),
    (
        "switch ($x) { 'a' { Connect-AzAccount -Credential $c } default { az login -u $u -p $p } }",
        "connect-azaccount -credential=$c; az login --username=$u --password=$p",
    ),
    ("return Connect-AzAccount -Credential $c", "connect-azaccount -credential=$c"),
    (
        "Connect-AzAccount -Tenant $t,$u -Credential $c",
        "connect-azaccount -tenant={t u} -credential=$c",
    ),
    (r#"Invoke-Expression "az login -u $u -p $p""#, "invoke-expression [az login -u $u -p $p]"),
    ("az login -u $u -p $p --% --x", "az login [--%] --username=$u --password=$p --x"),
    (
        "$j = az login -u $u -p $p | ConvertFrom-Json",
        "az login --username=$u --password=$p; convertfrom-json",
    ),
    (
        "Connect-AzAccount -Credential $c -Tenant ($x ? 'a' : 'b') && foo",
        "connect-azaccount -credential=$c -tenant={x}; foo",
    ),
    ("@{ a = 1; 'b' = Connect-AzAccount -Credential $c }", "connect-azaccount -credential=$c"),
    ("\"it\nConnect-AzAccount -Credential $c", "connect-azaccount -credential=$c"),
    (
        "$h = @\"\nConnect-AzAccount -Credential $c $(az login -u a)\n\"@; Connect-AzAccount -Credential $d",
        "az login --username=a; connect-azaccount -credential=$d",
    ),
    ("foreach ($u in $users) { az login -u $u -p 'x' }", "az login --username=$u --password=x"),
    (
        "Connect-AzAccount -Cr $c -T $t -Sub $s -Ten x -Use",
        "connect-azaccount -credential=$c -tenant=$t -subscription=$s -tenant=x -usedeviceauthentication",
    ),
    (
        "Login-AzureRmAccount -EnvironmentName 'AzureChinaCloud' -TenantId $t -Credential $c > $null",
        "connect-azurermaccount -environment=AzureChinaCloud -tenant=$t -credential=$c",
    ),
    ("Connect-AzAccount -Credential: $c", "connect-azaccount -credential=$c"),
    (
        r#"$x.Foo($a, "b").Bar; Connect-AzAccount -Credential $x.Foo($a, "b").Bar"#,
        "foo [$a b]; connect-azaccount -credential={x a}; foo [$a b]",
    ),
    (
        "Start-Job { Connect-AzAccount -Credential $using:cred } | Wait-Job",
        "start-job [{cred}]; connect-azaccount -credential=$cred; wait-job",
    ),
    ("[pscredential]$c = $d", ""),
    (
        "Connect-AzAccount -Credential ${my cred} -Tenant ‘a’",
        "connect-azaccount -credential=$my cred -tenant=a",
    ),
    ("az login -u $u -p $p || exit 1", "az login --username=$u --password=$p; exit [1]"),
    ("& az @('login', '-u', $u)", "az login --username=$u"),
    ("az 'login', '-u', $u", "az login --username=$u"),
    (
        "$a = @(\n  'login'\n  '-u', $u # who\n\n  '-p'\n  $p\n)\naz @a",
        "az login @--username=$u @--password=$p",
    ),
    ("$c = 'C:\\x y\\az.cmd'; & $c login -u a", "az login --username=a"),
    (
        "& (Get-Command 'Login-AzAccount') -Cred $c",
        "connect-azaccount -credential=$c; get-command [Login-AzAccount]",
    ),
    ("function f { & az @args }; f login -u a", "az [$@args]; az login --username=a"),
    (
        "function f($Rest) { Write-Host @Rest; az @Rest }; f login -u a",
        "write-host [$@rest]; az [$@rest]; az login --username=a",
    ),
    ("Set-Alias x az; x login -u a", "set-alias [x az]; az login --username=a"),
    ("Set-Alias x x; x a", "set-alias [x x]; x [a]"),
    (
        "param([switch]$ServicePrincipal, $Credential, $Tenant)\nConnect-AzAccount @PSBoundParameters",
        "connect-azaccount @-credential=$credential",
    ),
    (
        "[CmdletBinding()] param($Cred) Connect-AzAccount @PSBoundParameters",
        "connect-azaccount @-credential=$cred",
    ),
    (
        "function f($Cred) { }; function g { Connect-AzAccount @PSBoundParameters }",
        "connect-azaccount [$@psboundparameters]",
    ),
    ("Connect-AzAccount -ServicePrincipal:$x -Cred $c", "connect-azaccount -credential=$c"),
    ("[Diagnostics.Process]::Start('az', \"login -u $u\")", "az login --username=$u"),
    (
        "$i.FileName = 'az'; $i.Arguments = 'login -u a'; $j.Arguments = 'login -u b'",
        "az login --username=a",
    ),
    (
        "$s.AddCommand('Connect-AzAccount').AddParameter('Cred', $c).AddParameter('Force')",
        "connect-azaccount -credential=$c -force; addcommand [Connect-AzAccount]; addparameter [Cred $c]; addparameter [Force]",
    ),
    (
        "Invoke-Retry az login -u a; Get-Thing az login -u a",
        "az login --username=a; get-thing [az login] -u=a",
    ),
];

const REMOVALS: &[(&str, Option<&str>)] = &[
    ("Connect-AzAccount -Credential $c", Some("")),
    ("foo; Connect-AzAccount -Credential $c | Out-Null; bar", Some("foo; bar")),
    ("Connect-AzAccount -Credential $c 2>&1 | Write-Verbose\nbar", Some("\nbar")),
    ("$null = Connect-AzAccount -Credential $c", Some("")),
    ("[void](Connect-AzAccount -Credential $c)", Some("")),
    ("[void] (Connect-AzAccount -Credential $c) ; bar", Some("bar")),
    ("(Connect-AzAccount -Credential $c) | Out-Null", Some("")),
    ("Connect-AzAccount -Credential $c > $null # why", Some(" # why")),
    ("$x = Connect-AzAccount -Credential $c", None),
    ("$x = Connect-AzAccount -Credential $c | Out-Null", None),
    ("(Connect-AzAccount -Credential $c).Context", None),
    ("$x = if ($a) { Connect-AzAccount -Credential $c } else { 1 }", None),
    ("if (Connect-AzAccount -Credential $c) { foo }", Some("if ($true) { foo }")),
    ("if (!(Connect-AzAccount -Credential $c)) { foo }", Some("if (!($true)) { foo }")),
    ("if ((Connect-AzAccount -Credential $c) -eq $null) { foo }", None),
    (
        "while (-not (Connect-AzAccount -Credential $c -EA 0)) { sleep 1 }",
        Some("while (-not ($true)) { sleep 1 }"),
    ),
    ("try{Connect-AzAccount -Credential $c}catch{exit}", Some("try{}catch{exit}")),
    (
        "try {\n    Connect-AzAccount `\n        -Credential $c `\n        -Tenant $t\n} finally { foo }",
        Some("try {\n    \n} finally { foo }"),
    ),
    ("Connect-AzAccount -Credential $c | Select-Object -First 1", None),
    ("Connect-AzAccount -Credential $c\n  | Out-Null\nbar", Some("\nbar")),
    ("return Connect-AzAccount -Credential $c", None),
    ("function f { Connect-AzAccount -Credential $c }", Some("function f {  }")),
    ("az login -u $u -p $p && az group list", Some("az group list")),
    ("foo || az login -u $u -p $p", Some("foo || $null")),
    ("az login -u $u -p $p || exit 1", Some("$null || exit 1")),
    ("& az login -u $u -p $p *> $null", Some("")),
    ("$j = (az login -u $u -p $p | ConvertFrom-Json)", None),
    ("foo (Connect-AzAccount -Credential $c)", None),
    (r#""$(Connect-AzAccount -Credential $c)""#, None),
    ("$users | % { Connect-AzAccount -Credential $c | Out-Null }", Some("$users | % {  }")),
    (
        "foreach ($u in 1..3) { Connect-AzAccount -Credential $c; break }",
        Some("foreach ($u in 1..3) { break }"),
    ),
    ("do { Connect-AzAccount -Credential $c } while ($x)", Some("do {  } while ($x)")),
    ("do { foo } until (Connect-AzAccount -Credential $c)", Some("do { foo } until ($true)")),
    ("Connect-AzAccount -Credential $c; # bye", Some("# bye")),
];

const ASSIGNMENTS: &[(&str, &[&str])] = &[
    (
        r#"$x = 'a'; $Script:Y = "b $x"; ${z w} = $env:AZURE_PASSWORD"#,
        &["x = a", "y = b $x", "z w = $env:AZURE_PASSWORD"],
    ),
    ("$env:AZURE_USERNAME = 'bot@example.org'", &["env:AZURE_USERNAME = bot@example.org"]),
    ("[string] $s = Get-Secret -Name $n", &["s = {n}"]),
    ("$a, $b = 1, $c", &["a = {c}", "b = {c}"]),
    ("$p = @{ Tenant = $t; 'Credential' = $c }", &["p = {t c} tenant=$t credential=$c"]),
    (
        "$p = [ordered]@{\n  Tenant = 't'\n  # why\n  Credential = New-Object PSCredential($u, $s)\n}",
        &["p = {u s} tenant=t credential={u s}"],
    ),
    ("$p += @{ Force = $true }", &["p += {} force=$true"]),
    (r#"$p.Credential = $c; $p['Tenant'] = "t""#, &["p += {c} credential=$c", "p += {} tenant=t"]),
    ("$p.Add('Credential', $c)", &["p += {p c} credential=$c"]),
    (
        "param([Parameter(Mandatory)][string] $User, [ValidateSet('a', 'b')] $Mode = 'a', $Z)",
        &["user = {}", "mode = a", "z = {}"],
    ),
    ("function f($a = $b, [switch] $c) { $d = $a }", &["a = $b", "c = {}", "d = $a"]),
    ("foreach ($u in $users) { }", &["u = {users}"]),
    ("$x = $y = 5", &["x = {y}", "y = 5"]),
    (
        "$c = [pscredential]::new($u, (ConvertTo-SecureString 'p w' -AsPlainText -Force))",
        &["c = {u}"],
    ),
    ("$x ??= $y", &["x += $y"]),
    ("$t = $cred.UserName", &["t = {cred}"]),
    ("if (($x = Get-Foo $y)) { }", &["x = {y}"]),
    ("$n = -not $x", &["n = {x}"]),
    ("$t = 'a' + $b + \"c$d\"", &["t = a$bc$d"]),
    ("$t = ('a' + $b)", &["t = a$b"]),
    ("$t = $a + $b", &["t = {a b}"]),
    ("$t = 'a' + 5", &["t = {}"]),
    ("$t = 'a{0}b{1}' -f $x, (Get-Y $z)", &["t = a$xb{z}"]),
    ("$t = '{0}' -f 'p w'", &["t = {}"]),
    ("$t = '{1}' -f $x", &["t = {x}"]),
    ("$t = '{{0}}' -f $x", &["t = {x}"]),
    ("$l = @(\n'a'\n$b, 'c'\n)", &["l = {b} =a =$b =c"]),
];

const NESTED: &[(&str, &[&str])] = &[
    ("Invoke-Expression \"az login -u $u -p `\"x`\"\"", &["powershell: az login -u ‹u› -p \"x\""]),
    ("iex 'az login -u ''a'''", &["powershell: az login -u 'a'"]),
    ("$c = \"az login -u $u\"; $c += ' -p x'; iex $c", &["powershell: az login -u ‹u› -p x"]),
    (
        "$c = 'az login -u a'; if ($s) { $c += ' --service-principal' }; Invoke-Expression $c",
        &["powershell: az login -u a ‹--service-principal›"],
    ),
    ("'az login -u a' | Invoke-Expression", &["powershell: az login -u a"]),
    (
        "powershell -NoProfile -Command \"Connect-AzAccount -Credential `$c\"",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    ("powershell -Command { Connect-AzAccount -Credential $c }", &[]),
    (
        "Start-Process powershell -ArgumentList \"-Command Connect-AzAccount -Credential `$c\"",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    (
        "Invoke-Command -ComputerName x -ScriptBlock ([scriptblock]::Create(\"az login -u $u\"))",
        &["powershell: az login -u ‹u›"],
    ),
    ("bash -c 'az login -u $U'", &["bash: az login -u $U"]),
    ("ssh host \"az login -u $u\"", &["bash: az login -u ‹u›"]),
    (
        "Set-Content -Path $d\\a.ps1 -Value \"Connect-AzAccount -Credential `$c\"",
        &["powershell to a file: Connect-AzAccount -Credential $c"],
    ),
    ("Set-Content a.sh 'az login -u a'", &["bash to a file: az login -u a"]),
    ("@'\naz login -u a\n'@ | Out-File -FilePath $p", &["powershell to a file: az login -u a"]),
    ("$t = @\"\naz login -u $u\n\"@\n$t > run.ps1", &["powershell to a file: az login -u ‹u›"]),
    (
        "Write-Output \"`$l = Connect-AzAccount -Credential `$c\" -Verbose | Out-File -FilePath \"$p\" -Append",
        &["powershell to a file: $l = Connect-AzAccount -Credential $c"],
    ),
    (
        "[IO.File]::WriteAllText(\"$d/a.ps1\", 'az login -u a')",
        &["powershell to a file: az login -u a"],
    ),
    ("Write-Host 'az login -u a'", &["powershell to the screen: az login -u a"]),
    ("'az login -u a' | Out-File notes.txt", &[]),
    ("$x = 'az login -u a'", &[]),
    ("iex (\"az login -u {0} -p {1}\" -f $u, $p)", &["powershell: az login -u ‹u› -p ‹p›"]),
    ("$c = 'az login -u ' + $u + ' -p ' + $p; iex $c", &["powershell: az login -u ‹u› -p ‹p›"]),
    ("$s.AddScript('az login -u a')", &["powershell: az login -u a"]),
    ("Invoke-Retry -Command \"az login -u $u\"", &["powershell: az login -u ‹u›"]),
    ("Get-Thing -Command \"az login -u $u\"", &[]),
];

#[test]
fn a_file_without_extension_is_told_by_how_it_begins() {
    let of = |text: &str| lang::of_file("Runbook", text).map(|it| it.name);
    for text in [
        "Param\n(\n [string]$Name\n)\n",
        "<#\n.SYNOPSIS starts\n#>\n# x\n\n[CmdletBinding()]\nparam()",
        "##### machines #####\r\n\r\nworkflow Start-All\r\n{\r\n",
        "function Connect-All($cred) {",
    ] {
        assert_eq!(of(text), Some("powershell"), "{text}");
    }
    for text in
        ["Parameters (all)", "workflow of a release", "function f() {", "#!/bin/sh\nparam(x)", ""]
    {
        assert_ne!(of(text), Some("powershell"), "{text}");
    }
    assert!(lang::of_file("notes.txt", "param()").is_none());
}
