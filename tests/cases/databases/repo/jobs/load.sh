sqlcmd -S sql-contoso.database.windows.net -d orders -G -U svc-orders@contoso.com -P "$PW" -i load.sql
