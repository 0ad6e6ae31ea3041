# In a cloud these would be instances. Here they are things that only Terraform knows, so that nobody needs an account.
resource "terraform_data" "machine" {
  count = var.instances

  input = {
    name    = "${var.name}-${count.index + 1}"
    address = "127.0.0.1"
    disk_gb = var.disk.size_gb
    labels  = var.labels
  }

  triggers_replace = [var.image]
}
