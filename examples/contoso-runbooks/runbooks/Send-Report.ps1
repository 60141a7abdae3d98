<#
.SYNOPSIS
    Mails the list of running virtual machines to the operators, every morning.
#>
param(
    [string] $To = 'operators@contoso.com'
)

$ErrorActionPreference = 'Stop'

Connect-AzAccount -Identity | Out-Null

$running = Get-AzVM -Status | Where-Object PowerState -eq 'VM running'
$lines = $running | ForEach-Object { "{0,-20} {1,-14} {2}" -f $_.Name, $_.ResourceGroupName, $_.HardwareProfile.VmSize }

# The mail relay knows nothing of Azure.
$smtp = Get-AutomationPSCredential -Name 'smtp'
Send-MailMessage -SmtpServer 'mail.contoso.com' -Port 587 -UseSsl -Credential $smtp `
    -From 'runbooks@contoso.com' -To $To `
    -Subject "$(@($running).Count) virtual machines are running" -Body ($lines -join "`n")
