using System;
using Azure.Identity;

namespace Contoso.Web
{
    public static class Startup
    {
        private static readonly UsernamePasswordCredential Credential = new UsernamePasswordCredential(
            Environment.GetEnvironmentVariable("AZ_USER"), Environment.GetEnvironmentVariable("AZ_PASSWORD"), "t", "c");
    }
}
