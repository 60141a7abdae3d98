using Microsoft.Data.SqlClient;

class Orders
{
    static SqlConnection Open(string user, string password) =>
        new SqlConnection($"Server=sql-contoso.database.windows.net;Authentication=Active Directory Password;User Id={user};Password={password};Database=orders");

    static SqlConnection Joined(string user, string password) =>
        new SqlConnection("Server=sql-contoso.database.windows.net;Authentication=Active Directory Password;User Id=" + user + ";Password=" + password);
}
