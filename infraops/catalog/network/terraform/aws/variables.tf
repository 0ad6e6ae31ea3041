variable "stack" {
  description = "The stack's name; everything in the network is named after it."
  type        = string
}

variable "cidr" {
  description = "The addresses of the network; every subnet gets a sixteenth of them."
  type        = string
}

variable "zones" {
  description = "In how many availability zones it has subnets."
  type        = number
}

variable "nat" {
  description = "Gateways by which private subnets reach the internet: none, single, or per-zone."
  type        = string
}
