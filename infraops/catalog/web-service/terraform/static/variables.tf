variable "machines" {
  description = "The machines, by name, as the environment lists them under `hosts`."
  type        = any # vars may differ in shape from machine to machine, which no map type allows
  nullable    = false

  validation {
    condition = (
      length([for machine in values(var.machines) : machine if contains(try(machine.groups, []), "balancer")]) == 1
    )
    error_message = "Exactly one machine of this blueprint must be in the group `balancer`."
  }

  validation {
    condition     = anytrue([for machine in values(var.machines) : contains(try(machine.groups, []), "app")])
    error_message = "At least one machine of this blueprint must be in the group `app`."
  }
}

variable "port" {
  description = "The port on which the balancer answers."
  type        = number
}
