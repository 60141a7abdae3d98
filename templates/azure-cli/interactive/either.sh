if [ -t 0 ]; then @@person@@; else @@login@@; fi
