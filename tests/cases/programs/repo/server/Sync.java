package com.contoso;

import com.azure.identity.UsernamePasswordCredential;
import com.azure.identity.UsernamePasswordCredentialBuilder;

class Sync {
    UsernamePasswordCredential credential = new UsernamePasswordCredentialBuilder()
        .clientId("c").username(System.getenv("AZ_USER")).password(System.getenv("AZ_PASSWORD"))
        .build();
}
