a program runs the sign-in in a way that workid does not write: take that call out, and let what runs the program sign in before it, with the client ID @@client_id@@ and the tenant ID @@tenant_id@@
