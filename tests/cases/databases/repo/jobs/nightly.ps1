$connection = "Server=$server;Database=orders;Authentication=Active Directory Password;User ID=$user;Password=$password"
Invoke-Sqlcmd -ConnectionString $connection -InputFile nightly.sql
