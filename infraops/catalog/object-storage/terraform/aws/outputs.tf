output "bucket" {
  description = "The bucket's name."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "The bucket's ARN, for policies of those who may use it."
  value       = aws_s3_bucket.this.arn
}
