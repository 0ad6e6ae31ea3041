terraform {
  required_providers {
    lab = {
      source  = "infraops.local/infraops/lab"
      version = "1.0.0"
    }
  }
}

variable "names" {
  type = set(string)
}

variable "memory_mb" {
  type    = number
  default = null
}

variable "running" {
  type    = bool
  default = null
}

resource "lab_host" "this" {
  for_each  = var.names
  name      = each.value
  memory_mb = var.memory_mb
  running   = var.running
}

output "hosts" {
  value = { for name, host in lab_host.this : name => {
    address          = host.address
    port             = host.port
    user             = host.user
    groups           = ["all"]
    vars             = {}
    host_key         = host.host_key
    private_key_file = host.private_key_file
    identity         = host.identity
  } }
}
