kubelogin.exe convert-kubeconfig --login ropc --username $user --password 'canary-61' --kubeconfig $config
kubectl get pods
