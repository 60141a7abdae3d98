#!/bin/sh
set -e
az login -u "$1" -p "$2" --output none
az webapp restart -g "$3" -n app-contoso-web
