output "endpoints" {
  description = "Where it is reached, from inside its network."
  value       = { postgresql = "tcp://${aws_db_instance.this.address}:${aws_db_instance.this.port}" }
}

output "address" {
  description = "The server's address."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "The port the server listens on."
  value       = aws_db_instance.this.port
}

output "database" {
  description = "Name of the database."
  value       = aws_db_instance.this.db_name
}

output "user" {
  description = "Name of the user who owns the database."
  value       = aws_db_instance.this.username
}
