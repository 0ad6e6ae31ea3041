variable "machines" {
  description = "The machines, by name, as the environment lists them under `hosts`."
  type        = any # vars may differ in shape from machine to machine, which no map type allows
  nullable    = false

  validation {
    condition     = length(var.machines) > 0
    error_message = "The environment lists no machine for this blueprint under `hosts`."
  }
}
