import azure.identity.aio
import os

def credential():
    return azure.identity.aio.UsernamePasswordCredential("app", os.environ["U"], os.environ["P"])
