kubelogin convert-kubeconfig -l ropc --username "$CLUSTER_USER" --password "$CLUSTER_PASSWORD"
kubectl apply -f web.yaml
m365 login --authType password --userName bot@contoso.com --password 'canary-78'
m365 spo site list
