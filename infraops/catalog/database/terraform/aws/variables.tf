variable "stack" {
  description = "The stack's name; the server is named after it."
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

variable "password" {
  description = "The user's password."
  type        = string
  sensitive   = true
}

variable "allowed_cidrs" {
  description = "Networks that may connect; none means the network that the server is in."
  type        = list(string)
}

variable "port" {
  description = "The port the server listens on."
  type        = number
}

variable "size" {
  description = "How much memory the server has: small, medium or large."
  type        = string
}

variable "vpc_id" {
  description = "The network that the server is in."
  type        = string
}

variable "vpc_cidr" {
  description = "The addresses of that network."
  type        = string
}

variable "subnet_ids" {
  description = "The subnets that the server may be in, of two zones or more."
  type        = list(string)
}

variable "storage_gb" {
  description = "How much storage it begins with."
  type        = number
}

variable "standby" {
  description = "Whether a second server in another zone takes over where the first fails."
  type        = bool
}

variable "backup_days" {
  description = "For how many days backups are kept."
  type        = number
}

variable "deletion_protection" {
  description = "Whether AWS itself refuses to delete it."
  type        = bool
}
