#!/bin/bash
set -euo pipefail
kubelogin convert-kubeconfig -l ropc --username "$CLUSTER_USER" --password "$CLUSTER_PASSWORD" --server-id 6dae42f8-4368-4678-94ff-3960e28e3630
kubectl apply -f k8s/web.yaml
