variable "stack" {
  description = "The stack's name; the page's directory is named after it."
  type        = string
}

variable "blueprint" {
  description = "The blueprint's name; also the host's in the inventory."
  type        = string
}

variable "port" {
  description = "The port on this machine, reachable from this machine alone."
  type        = number
}

variable "directory" {
  description = "Where the page and its server live; null for a directory of this checkout's own."
  type        = string
  default     = null
}
