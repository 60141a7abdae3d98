a program runs the sign-in in a way that workid does not write: let it run Connect-AzAccount -Identity
