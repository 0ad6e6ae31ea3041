terraform {
  required_providers {
    lab = {
      source  = "infraops.local/infraops/lab"
      version = "1.0.0"
    }
  }
}

locals {
  memory_mb = { small = 512, medium = 1024, large = 2048 }
}

resource "lab_host" "server" {
  name      = "${var.stack}-01"
  hostname  = "${var.blueprint}-01"
  memory_mb = local.memory_mb[var.size]
}
