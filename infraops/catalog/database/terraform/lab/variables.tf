variable "stack" {
  description = "The stack's name; the host is named after it."
  type        = string
}

variable "blueprint" {
  description = "The blueprint's name; the host's name in the inventory begins with it."
  type        = string
}

variable "database" {
  description = "Name of the database."
  type        = string
}

variable "user" {
  description = "Name of the user who owns the database."
  type        = string
}

variable "port" {
  description = "The port the server listens on."
  type        = number
}

variable "size" {
  description = "How much memory the host may use: small, medium or large."
  type        = string
}
