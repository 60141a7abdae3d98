kubelogin convert-kubeconfig -l ropc -t contoso.onmicrosoft.com --username "$CLUSTER_USER" --password "$CLUSTER_PASSWORD"
kubectl rollout restart deployment web
