import com.azure.identity.UsernamePasswordCredentialBuilder

val credential = UsernamePasswordCredentialBuilder().clientId("c").username(System.getenv("AZ_USER")).password(System.getenv("AZ_PASSWORD")).build()
