import os
from azure.identity import UsernamePasswordCredential

credential = UsernamePasswordCredential("c", os.environ["AZ_USER"], os.environ["AZ_PASSWORD"])
