locals {
  hosts = merge(
    {
      for key, host in lab_host.app : "${var.blueprint}-${key}" => {
        host   = host
        groups = ["app"]
        vars   = {}
      }
    },
    {
      "${var.blueprint}-lb" = {
        host   = lab_host.balancer
        groups = ["balancer"]
        # Here and not in a play that looks around: a grown group changes the balancer and its new hosts, no other.
        vars = {
          balancer_port = var.port
          balancer_backends = [
            for key in local.apps :
            { name = "${var.blueprint}-${key}", address = lab_host.app[key].address, port = local.app_port }
          ]
        }
      }
    },
  )
  url = var.port == 80 ? "http://${lab_host.balancer.address}" : "http://${lab_host.balancer.address}:${var.port}"
}

output "hosts" {
  description = "The machines to configure, by name."
  value = {
    for name, entry in local.hosts : name => {
      address          = entry.host.address
      port             = entry.host.port
      user             = entry.host.user
      groups           = entry.groups
      vars             = entry.vars
      host_key         = entry.host.host_key
      private_key_file = entry.host.private_key_file
      identity         = entry.host.identity
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
  value       = lab_host.balancer.address
}
