#!/usr/bin/env bash
# Builds the image for the test cluster and pushes it. Run by hand, on the build server.
set -euo pipefail

tag=${1:?usage: push-image.sh TAG}
image=crcontosotest.azurecr.io/web:$tag

docker build --tag "$image" .
if [[ -n ${ARM_CLIENT_ID:-} ]]; then
  az login --service-principal -u "$ARM_CLIENT_ID" -p "$ARM_CLIENT_SECRET" --tenant "$ARM_TENANT_ID" --output none
  az acr login --name crcontosotest
else
  docker login -u "$REGISTRY_USER" -p "$REGISTRY_PASSWORD" crcontosotest.azurecr.io
fi
docker push "$image"
