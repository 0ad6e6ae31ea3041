output "addresses" {
  description = "Where the machines are, by name."
  value       = { for machine in terraform_data.machine : machine.output.name => machine.output.address }
}

output "ids" {
  description = "The machines' ids, by name."
  value       = { for machine in terraform_data.machine : machine.output.name => machine.id }
}
