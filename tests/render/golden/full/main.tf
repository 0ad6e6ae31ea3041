# Rendered by infraops. Changes made here are lost: the blueprint and its template are the source.

terraform {
  backend "local" {}
}

variable "admin_password" {
  description = "Who may in."
  type        = string
  sensitive   = true
}

variable "database_url" {
  type      = any
  sensitive = true
}

variable "owner" {
  type = any
}

variable "ports" {
  type = any
}

variable "region" {
  type = any
}

variable "size" {
  description = "How large: \"small\"\nor $${more}."
  type        = string
}

variable "stack" {
  type = any
}

variable "subnet_ids" {
  type = any
}

module "service" {
  source = "../../../templates/trial-1.0/terraform/lab"

  admin_password = var.admin_password
  database_url   = var.database_url
  owner          = var.owner
  ports          = var.ports
  region         = var.region
  size           = var.size
  stack          = var.stack
  subnet_ids     = var.subnet_ids
}

output "connection" {
  description = "How to get in."
  value       = module.service.connection
  sensitive   = true
}

output "endpoints" {
  value = module.service.endpoints
}

output "hosts" {
  value = module.service.hosts
}

output "subnet_ids" {
  value = module.service.subnet_ids
}
