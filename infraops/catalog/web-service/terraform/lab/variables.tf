variable "stack" {
  description = "The stack's name; hosts are named after it."
  type        = string
}

variable "blueprint" {
  description = "The blueprint's name; host names in the inventory begin with it."
  type        = string
}

variable "hosts" {
  description = "How many hosts run the application."
  type        = number
}

variable "size" {
  description = "How much memory each of them may use: small, medium or large."
  type        = string
}

variable "port" {
  description = "The port on which the balancer answers."
  type        = number
}
