variable "zones" {
  type = list(string)
}

resource "terraform_data" "subnet" {
  for_each = toset(var.zones)

  input = { zone = each.key }
}

output "subnet_ids" {
  value = { for zone, subnet in terraform_data.subnet : zone => subnet.id }
}
