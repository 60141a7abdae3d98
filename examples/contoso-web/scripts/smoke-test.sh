#!/usr/bin/env bash
# Asks the site for its health, until it answers with the release that was just deployed.
set -euo pipefail

url=${1:?usage: smoke-test.sh URL}

for attempt in $(seq 1 12); do
  release=$(curl --silent --fail --max-time 10 "$url/healthz" || true)
  if [[ $release == "${GITHUB_SHA:-$release}" && -n $release ]]; then
    echo "healthy after $attempt attempts: $release"
    exit 0
  fi
  sleep 10
done

echo "$url does not answer with ${GITHUB_SHA:-a release}" >&2
exit 1
