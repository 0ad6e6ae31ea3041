output "vpc_id" {
  description = "The network's id."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "The addresses of the network."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Subnets whose hosts may have public addresses; for balancers."
  value       = [for letter in keys(local.places) : aws_subnet.public[letter].id]
}

output "private_subnet_ids" {
  description = "Subnets that nobody outside reaches; for everything else."
  value       = [for letter in keys(local.places) : aws_subnet.private[letter].id]
}
