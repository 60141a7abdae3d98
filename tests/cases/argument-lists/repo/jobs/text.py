import os

os.system("az login -u bot@contoso.com -p 'canary-62' && az group list")


def stop(user, password):
    os.system(f"az login -u {user} -p {password} --allow-no-subscriptions")
    os.system("az vm stop -g rg-web-prod -n vm")
