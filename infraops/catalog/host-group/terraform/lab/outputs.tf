output "hosts" {
  description = "The machines to configure, by name."
  value = {
    for key, host in lab_host.host : "${var.blueprint}-${key}" => {
      address          = host.address
      port             = host.port
      user             = host.user
      groups           = []
      vars             = {}
      host_key         = host.host_key
      private_key_file = host.private_key_file
      identity         = host.identity
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value = {
    ssh = "tcp://${lab_host.host[local.names[0]].address}:${lab_host.host[local.names[0]].port}"
  }
}

output "addresses" {
  description = "The hosts' addresses, in the order of their names."
  value       = [for name in local.names : lab_host.host[name].address]
}
