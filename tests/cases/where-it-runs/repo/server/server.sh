#!/bin/sh
az login --username svc-deploy@contoso.com --password "$PASSWORD"
