locals {
  # Two checkouts with a stack of the same name must not meet.
  own       = "~/.local/state/infraops/hello/${var.stack}-${substr(sha256(abspath(path.root)), 0, 8)}"
  directory = pathexpand(coalesce(var.directory, local.own))
  place     = { directory = local.directory, port = var.port }
}

# The page itself is the playbook's. This resource stands for its place, and leaves nothing behind when it goes.
resource "terraform_data" "place" {
  input            = local.place
  triggers_replace = local.place

  provisioner "local-exec" {
    when        = destroy
    command     = "if [ -f \"$DIRECTORY/switch.py\" ]; then python3 \"$DIRECTORY/switch.py\" off; fi"
    environment = { DIRECTORY = self.output.directory }
  }
}
