locals {
  names = sort(keys(var.machines))
}

output "hosts" {
  description = "The machines to configure, by name."
  value = {
    for name, machine in var.machines : name => {
      address   = machine.address
      port      = try(machine.port, 22)
      user      = try(machine.user, "root")
      groups    = try(machine.groups, [])
      vars      = try(machine.vars, {})
      host_key  = try(machine.host_key, null)
      first_use = try(machine.first_use, false)
      identity  = try(coalesce(machine.host_key), machine.address)
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value = {
    ssh = "tcp://${var.machines[local.names[0]].address}:${try(var.machines[local.names[0]].port, 22)}"
  }
}

output "addresses" {
  description = "The hosts' addresses, in the order of their names."
  value       = [for name in local.names : var.machines[name].address]
}
