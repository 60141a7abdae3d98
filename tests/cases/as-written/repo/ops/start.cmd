@echo off
"C:\Program Files\Microsoft SDKs\Azure\CLI2\wbin\az.cmd" login -u %AZ_USER% -p %AZ_PASSWORD%
"C:\Program Files\Microsoft SDKs\Azure\CLI2\wbin\az.cmd" group create --name rg-web --location japaneast
