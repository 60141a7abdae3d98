kubelogin convert-kubeconfig \
  --login=ropc \
  --client-id "$CLIENT" \
  --username "$CLUSTER_USER" --password "$CLUSTER_PASSWORD" > /dev/null
kubectl delete pod --field-selector=status.phase==Failed
