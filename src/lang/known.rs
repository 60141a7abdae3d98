//! The options of the commands and cmdlets that sign in.

use Takes::{Nothing, Several, Value as One};

/// An option that is known, with its other names.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) takes: Takes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
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
    known("--client-id", &[], One),
    known("--client-secret", &[], One),
    known("--tenant-id", &["-t"], One),
    known("--server-id", &[], One),
    known("--kubeconfig", &[], One),
    known("--context", &[], One),
    known("--cache-dir", &[], One),
    known("--token-cache-dir", &[], One),
    known("--azure-config-dir", &[], One),
    known("--authority-host", &[], One),
    known("--pop-claims", &[], One),
    known("--timeout", &[], One),
    known("--pop-enabled", &[], Nothing),
    known("--disable-instance-discovery", &[], Nothing),
    known("--disable-environment-override", &[], Nothing),
    known("--use-azurerm-env-vars", &[], Nothing),
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
pub(super) const COMMANDS: &[(&str, &[Known])] = &[
    ("az login", AZ_LOGIN),
    ("kubelogin convert-kubeconfig", KUBELOGIN),
    ("kubelogin get-token", KUBELOGIN),
    ("m365 login", M365_LOGIN),
    ("o365 login", M365_LOGIN),
    ("o365 spo login", M365_LOGIN),
];

/// The parameters of the cmdlets that sign in to Azure, present and past.
pub(super) const CONNECT: &[Known] = &[
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
pub(super) const COMMON: &[Known] = &[
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

pub(super) const SWITCHES: &[Known] = &[
    known("-append", &[], Nothing),
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
    known("-credential", &["-credentials", "-pscredential"], One),
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

/// The parameters of remote sessions that say where, and as whom.
const SESSION: &[Known] = &[
    known("-connectionuri", &["-uri"], One),
    known("-computername", &["-cn"], One),
    known("-configurationname", &[], One),
    known("-credential", &[], One),
    known("-authentication", &[], One),
    known("-allowredirection", &[], Nothing),
    known("-usessl", &[], Nothing),
    known("-name", &[], One),
    known("-sessionoption", &[], One),
];

/// Cmdlets under the names by which rules know them, with the tables of their parameters.
pub(super) const CMDLETS: &[(&str, &[&str], &[Known])] = &[
    ("connect-azaccount", &["login-azaccount", "add-azaccount"], CONNECT),
    ("connect-azurermaccount", &["login-azurermaccount", "add-azurermaccount"], CONNECT),
    ("connect-azuread", &[], CONNECT_DIRECTORY),
    ("connect-msolservice", &[], CONNECT_DIRECTORY),
    ("connect-exchangeonline", &[], CONNECT_SERVICE),
    ("connect-exopssession", &[], CONNECT_SERVICE),
    ("connect-ippssession", &[], CONNECT_SERVICE),
    ("connect-microsoftteams", &[], CONNECT_SERVICE),
    ("connect-sposervice", &[], CONNECT_SERVICE),
    ("connect-pnponline", &["connect-sponline"], CONNECT_SERVICE),
    (
        "connect-powerbiserviceaccount",
        &["login-powerbi", "login-powerbiserviceaccount"],
        CONNECT_SERVICE,
    ),
    ("add-rdsaccount", &[], CONNECT_SERVICE),
    ("add-powerappsaccount", &[], CONNECT_SERVICE),
    ("connect-aipservice", &[], CONNECT_SERVICE),
    ("connect-aadrmservice", &[], CONNECT_SERVICE),
    ("connect-crmonline", &[], CONNECT_SERVICE),
    ("connect-crmonlinediscovery", &[], CONNECT_SERVICE),
    (
        "add-azureanalysisservicesaccount",
        &["add-azanalysisservicesaccount", "login-azureasaccount", "login-azasaccount"],
        CONNECT_SERVICE,
    ),
    ("get-crmconnection", &[], CONNECT_SERVICE),
    ("get-crmorganizations", &[], CONNECT_SERVICE),
    ("backup-asdatabase", &[], CONNECT_SERVICE),
    ("invoke-ascmd", &[], CONNECT_SERVICE),
    ("invoke-processasdatabase", &[], CONNECT_SERVICE),
    ("invoke-processcube", &[], CONNECT_SERVICE),
    ("invoke-processdimension", &[], CONNECT_SERVICE),
    ("invoke-processpartition", &[], CONNECT_SERVICE),
    ("invoke-processtable", &[], CONNECT_SERVICE),
    ("restore-asdatabase", &[], CONNECT_SERVICE),
    ("connect-msgraph", &[], CONNECT_SERVICE),
    ("connect-partnercenter", &[], CONNECT_SERVICE),
    ("new-pssession", &[], SESSION),
];
