# All hosts of a lab are on the bridge of its checkout, so there is nothing to make. The outputs are here for blueprints
# that are deployed in a lab and in a cloud.

variable "cidr" {
  description = "The addresses that the network has in a cloud; a lab chooses its own."
  type        = string
}

output "vpc_id" {
  description = "The network's id."
  value       = "lab"
}

output "cidr" {
  description = "The addresses of the network."
  value       = var.cidr
}

output "public_subnet_ids" {
  description = "Subnets whose hosts may have public addresses."
  value       = ["lab"]
}

output "private_subnet_ids" {
  description = "Subnets that nobody outside reaches."
  value       = ["lab"]
}
