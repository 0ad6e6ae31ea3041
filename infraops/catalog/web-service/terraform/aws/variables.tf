variable "stack" {
  description = "The stack's name; what it makes is named after it."
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
  description = "How much each host may use: small, medium or large."
  type        = string
}

variable "vpc_id" {
  description = "The network that the hosts are in."
  type        = string
}

variable "vpc_cidr" {
  description = "The addresses of that network."
  type        = string
}

variable "subnet_ids" {
  description = "The subnets that the hosts are spread over."
  type        = list(string)
}

variable "image" {
  description = "The image of the hosts; by default the newest of image_name."
  type        = string
  default     = null
}

variable "image_name" {
  description = "The name of images of which hosts that are made get the newest."
  type        = string
}

variable "image_owner" {
  description = "The account that these images belong to."
  type        = string
}

variable "disk_gb" {
  description = "The size of each host's disk."
  type        = number
}

variable "public_key" {
  description = "The SSH key that may log in; by default nobody's."
  type        = string
  default     = null
}

variable "ssh_user" {
  description = "The user that the image lets in by SSH."
  type        = string
}

variable "ssh_by" {
  description = "How hosts are reached: private, bastion or ssm."
  type        = string
}

variable "bastion" {
  description = "With ssh_by bastion, the host to go by, as user@host or user@host:port."
  type        = string
  default     = null

  validation {
    condition     = var.ssh_by != "bastion" || var.bastion != null
    error_message = "ssh_by is bastion, so `bastion` must name one."
  }
}

variable "ssh_from" {
  description = "Networks that may reach the hosts by SSH; none means the network that they are in."
  type        = list(string)
}

variable "port" {
  description = "The port on which the balancer answers."
  type        = number
}

variable "health_path" {
  description = "The path that answers 200 on a host that may be sent requests."
  type        = string
}

variable "balancer_subnet_ids" {
  description = "The public subnets that the balancer is in."
  type        = list(string)
}

variable "balancer_from" {
  description = "Networks that may reach the balancer."
  type        = list(string)
}

variable "certificate" {
  description = "The ARN of a certificate; with it the balancer answers by HTTPS, and sends HTTP there."
  type        = string
  default     = null
}
