az login --username maria@outlook.com --password "$PASSWORD"
