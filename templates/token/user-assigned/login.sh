curl --silent --show-error --fail @@endpoint@@&resource=@@resource@@&client_id=@@client_id@@"
