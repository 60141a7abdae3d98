if ([Environment]::UserInteractive -and -not [Console]::IsInputRedirected) { @@person@@ }
