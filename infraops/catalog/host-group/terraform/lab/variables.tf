variable "stack" {
  description = "The stack's name; hosts are named after it."
  type        = string
}

variable "blueprint" {
  description = "The blueprint's name; host names in the inventory begin with it."
  type        = string
}

variable "hosts" {
  description = "How many hosts."
  type        = number
}

variable "size" {
  description = "How much memory each host may use: small, medium or large."
  type        = string
}
