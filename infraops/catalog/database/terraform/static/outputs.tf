locals {
  address = values(var.machines)[0].address
}

output "hosts" {
  description = "The machine to configure."
  value = {
    for name, machine in var.machines : name => {
      address   = machine.address
      port      = try(machine.port, 22)
      user      = try(machine.user, "root")
      groups    = try(machine.groups, [])
      vars      = merge({ postgresql_refresh_packages = true }, try(machine.vars, {}), { postgresql_port = var.port })
      host_key  = try(machine.host_key, null)
      first_use = try(machine.first_use, false)
      identity  = try(coalesce(machine.host_key), machine.address)
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { postgresql = "tcp://${local.address}:${var.port}" }
}

output "address" {
  description = "The server's address."
  value       = local.address
}

output "port" {
  description = "The port the server listens on."
  value       = var.port
}

output "database" {
  description = "Name of the database."
  value       = var.database
}

output "user" {
  description = "Name of the user who owns the database."
  value       = var.user
}
