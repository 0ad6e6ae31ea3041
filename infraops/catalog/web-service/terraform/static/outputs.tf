locals {
  app_port = 80
  apps     = { for name, machine in var.machines : name => machine if contains(try(machine.groups, []), "app") }
  balancer = one([
    for machine in values(var.machines) : machine if contains(try(machine.groups, []), "balancer")
  ])
  url = var.port == 80 ? "http://${local.balancer.address}" : "http://${local.balancer.address}:${var.port}"

  vars_of_balancer = {
    balancer_port             = var.port
    balancer_refresh_packages = true
    balancer_backends = [
      for name in sort(keys(local.apps)) :
      { name = name, address = local.apps[name].address, port = local.app_port }
    ]
  }
}

output "hosts" {
  description = "The machines to configure, by name."
  value = {
    for name, machine in var.machines : name => {
      address = machine.address
      port    = try(machine.port, 22)
      user    = try(machine.user, "root")
      groups  = try(machine.groups, [])
      vars = merge(concat(
        [{ web_app_refresh_packages = true }],
        [for group in try(machine.groups, []) : local.vars_of_balancer if group == "balancer"],
        [try(machine.vars, {})],
      )...)
      host_key  = try(machine.host_key, null)
      first_use = try(machine.first_use, false)
      identity  = try(coalesce(machine.host_key), machine.address)
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { web = local.url }
}

output "url" {
  description = "Where the service answers."
  value       = local.url
}

output "address" {
  description = "The balancer's address."
  value       = local.balancer.address
}
