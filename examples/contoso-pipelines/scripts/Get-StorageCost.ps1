<#
.SYNOPSIS
    Shows what the storage of the data project has cost this month.
.DESCRIPTION
    Run by hand. It signs in with a browser, so that the multifactor authentication of whoever asks applies.
#>
param(
    [string] $ResourceGroup = 'rg-data'
)

$ErrorActionPreference = 'Stop'

if (-not (Get-AzContext)) {
    Connect-AzAccount | Out-Null
}

$start = Get-Date -Day 1 -Hour 0 -Minute 0 -Second 0
Get-AzConsumptionUsageDetail -StartDate $start -EndDate (Get-Date) -ResourceGroup $ResourceGroup |
    Group-Object -Property InstanceName |
    ForEach-Object {
        [pscustomobject]@{
            Resource = $_.Name
            Cost     = ($_.Group | Measure-Object -Property PretaxCost -Sum).Sum
        }
    } |
    Sort-Object -Property Cost -Descending
