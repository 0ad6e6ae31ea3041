output "hosts" {
  description = "This machine."
  value = {
    (var.blueprint) = {
      address    = "127.0.0.1"
      connection = "local"
      groups     = []
      vars       = { hello_directory = local.directory, hello_port = var.port }
      identity   = terraform_data.place.id
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { web = "http://127.0.0.1:${var.port}" }
}

output "url" {
  description = "Where the page is."
  value       = "http://127.0.0.1:${var.port}"
}
