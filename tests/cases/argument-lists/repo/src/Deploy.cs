using System.Diagnostics;

class Deploy
{
    static void SignIn(string user, string password)
    {
        Process.Start("az", new[] { "login", "-u", user, "-p", password }).WaitForExit();
    }
}
