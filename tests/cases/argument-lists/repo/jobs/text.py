import os

os.system("az login -u bot@contoso.com -p 'canary-62' && az group list")
