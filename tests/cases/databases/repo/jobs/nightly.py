import pyodbc

connection = pyodbc.connect(f'DRIVER={{ODBC Driver 18 for SQL Server}};SERVER={server};DATABASE=orders;Authentication=ActiveDirectoryPassword;UID={user};PWD={password}')
