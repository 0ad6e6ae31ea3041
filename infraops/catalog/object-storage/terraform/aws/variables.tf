variable "stack" {
  description = "The stack's name; the bucket is named after it unless it is given a name."
  type        = string
}

variable "bucket" {
  description = "The bucket's name; by default the stack's, with a random part behind it, as names are shared by all."
  type        = string
  default     = null
}

variable "versioning" {
  description = "Whether what is overwritten or deleted can be had back."
  type        = bool
}

variable "keep_old_versions" {
  description = "For how many days an old version is kept."
  type        = number
}

variable "expire_after" {
  description = "After how many days objects are deleted; by default never."
  type        = number
  default     = null
}

variable "kms_key" {
  description = "The ARN of a key to encrypt with; by default S3 uses one of its own."
  type        = string
  default     = null
}
