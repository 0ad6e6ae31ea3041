variable "machines" {
  description = "The machines, by name, as the environment lists them under `hosts`."
  type        = any # vars may differ in shape from machine to machine, which no map type allows
  nullable    = false

  validation {
    condition     = length(var.machines) == 1
    error_message = "The environment must list exactly one machine for this blueprint under `hosts`."
  }
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
