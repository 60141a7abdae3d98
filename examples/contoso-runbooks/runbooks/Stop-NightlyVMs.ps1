<#
.SYNOPSIS
    Stops the virtual machines of a resource group for the night.
.DESCRIPTION
    Scheduled at 21:00 Tokyo time. Machines with the tag keepRunning are left alone.
.EXAMPLE
    Stop-NightlyVMs.ps1 -ResourceGroup rg-vms -WhatIf
.NOTES
    Until the runbooks got a credential asset, this one began with

        $password = ConvertTo-SecureString 'canary-nightly-2021' -AsPlainText -Force
        Login-AzureRmAccount -Credential (New-Object PSCredential('svc-runbooks@contoso.com', $password))

    That password has been changed. Keep it out of runbooks: everyone who may read them reads it.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $ResourceGroup = 'rg-vms',

    [string] $SubscriptionId = '5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683'
)

$ErrorActionPreference = 'Stop'

$cred = Get-AutomationPSCredential -Name 'svc-runbooks'
Connect-AzAccount -Credential $cred -Subscription $SubscriptionId | Out-Null

$machines = Get-AzVM -ResourceGroupName $ResourceGroup -Status |
    Where-Object { $_.PowerState -eq 'VM running' -and -not $_.Tags.ContainsKey('keepRunning') }

foreach ($machine in $machines) {
    if ($PSCmdlet.ShouldProcess($machine.Name, 'Stop')) {
        $machine | Stop-AzVM -Force -NoWait | Out-Null
        Write-Output "stopping $($machine.Name)"
    }
}

Write-Output "$(@($machines).Count) machines"
