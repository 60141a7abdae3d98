resource "null_resource" "sign_in" {
  provisioner "local-exec" {
    command = <<-EOT
      az login -u ${var.user} -p "$PASSWORD"
      az group create --name rg-web --location japaneast
    EOT
    environment = {
      PASSWORD = var.password
    }
  }
}
