output "hosts" {
  description = "The machine to configure."
  value = {
    "${var.blueprint}-01" = {
      address          = lab_host.server.address
      port             = lab_host.server.port
      user             = lab_host.server.user
      groups           = []
      vars             = { postgresql_port = var.port }
      host_key         = lab_host.server.host_key
      private_key_file = lab_host.server.private_key_file
      identity         = lab_host.server.identity
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { postgresql = "tcp://${lab_host.server.address}:${var.port}" }
}

output "address" {
  description = "The server's address."
  value       = lab_host.server.address
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
