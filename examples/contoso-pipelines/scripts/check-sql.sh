#!/usr/bin/env bash
# Refuses queries that would lock the warehouse: no SELECT *, and no DELETE without WHERE.
set -euo pipefail

folder=${1:?usage: check-sql.sh FOLDER}
failed=0

complain() {
  echo "##vso[task.logissue type=error;sourcepath=$1]$2"
  failed=1
}

while IFS= read -r -d '' file; do
  statement=$(tr '\n' ' ' < "$file")
  if grep -qiE 'select +\*' <<< "$statement"; then
    complain "$file" "SELECT * reads columns that nobody asked for"
  fi
  if grep -qi 'delete from' <<< "$statement" && ! grep -qi ' where ' <<< "$statement"; then
    complain "$file" "DELETE without WHERE"
  fi
done < <(find "$folder" -name '*.sql' -print0)

exit "$failed"
