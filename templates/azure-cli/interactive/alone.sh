if [ -t 0 ]; then @@person@@; fi
