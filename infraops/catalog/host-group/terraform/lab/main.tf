terraform {
  required_providers {
    lab = {
      source  = "infraops.local/infraops/lab"
      version = "1.0.0"
    }
  }
}

locals {
  memory_mb = { small = 256, medium = 512, large = 1024 }

  # Named by number, so that a larger group leaves the hosts it had as they are.
  names = [for number in range(1, var.hosts + 1) : format("host-%02d", number)]
}

resource "lab_host" "host" {
  for_each = toset(local.names)

  name      = "${var.stack}-${each.key}"
  hostname  = "${var.blueprint}-${each.key}"
  memory_mb = local.memory_mb[var.size]
}
