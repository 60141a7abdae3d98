#!/bin/bash
# Moves yesterday's logs of the office's servers to Azure, and deletes local ones after a week.
#
# cron on srv-office-02:  10 3 * * *  azlogs  /opt/contoso/jobs/rotate-logs.sh
set -euo pipefail

logs=${LOGS:-/var/log/contoso}
day=$(date --date=yesterday +%F)
account=stcontosodata

archive=$(mktemp --suffix=.tar.gz)
trap 'rm -f "$archive"; az logout 2>/dev/null || true' EXIT

find "$logs" -name "*.$day.log" -print0 | tar --create --gzip --null --files-from=- --file="$archive"

az login -u svc-pipelines@contoso.com -p "$(cat /etc/contoso/azure.password)" --output none

az storage blob upload --account-name "$account" --container-name logs \
  --name "$(hostname)/$day.tar.gz" --file "$archive" --overwrite --output none
az storage account update --resource-group rg-data --name "$account" \
  --set tags.logsUntil="$day" --output none

find "$logs" -name '*.log' -mtime +7 -delete
