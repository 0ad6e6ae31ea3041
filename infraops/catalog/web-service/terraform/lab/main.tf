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
  app_port  = 80

  # Named by number, so that a larger group leaves the hosts it had as they are.
  apps = [for number in range(1, var.hosts + 1) : format("app-%02d", number)]
}

resource "lab_host" "app" {
  for_each = toset(local.apps)

  name      = "${var.stack}-${each.key}"
  hostname  = "${var.blueprint}-${each.key}"
  memory_mb = local.memory_mb[var.size]
}

resource "lab_host" "balancer" {
  name      = "${var.stack}-lb"
  hostname  = "${var.blueprint}-lb"
  memory_mb = local.memory_mb["small"]
}
