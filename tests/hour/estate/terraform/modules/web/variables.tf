variable "name" {
  description = "What the machines are called, with a number behind it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.name))
    error_message = "Lower-case letters, digits and hyphens."
  }
}

variable "instances" {
  description = "How many machines."
  type        = number
  default     = 1

  validation {
    condition     = var.instances >= 1 && var.instances <= 20
    error_message = "From 1 to 20."
  }
}

variable "image" {
  description = "What they are made from; another one makes them anew."
  type        = string
  default     = "debian-12"
}

variable "disk" {
  description = "The disk of each machine."
  type = object({
    size_gb   = number
    encrypted = optional(bool, true)
  })
  default = { size_gb = 20 }
}

variable "labels" {
  description = "Labels of the machines."
  type        = map(string)
  default     = {}
}
