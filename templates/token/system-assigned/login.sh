curl --silent --show-error --fail @@endpoint@@&resource=@@resource@@"
