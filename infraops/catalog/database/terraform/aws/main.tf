terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

locals {
  instance_class = { small = "db.t4g.small", medium = "db.t4g.medium", large = "db.t4g.large" }
}

resource "aws_db_subnet_group" "this" {
  name        = var.stack
  description = "Subnets of ${var.stack}"
  subnet_ids  = var.subnet_ids
}

resource "aws_security_group" "server" {
  name_prefix = "${var.stack}-"
  description = "Database ${var.stack}"
  vpc_id      = var.vpc_id

  ingress {
    description = "PostgreSQL"
    protocol    = "tcp"
    from_port   = var.port
    to_port     = var.port
    cidr_blocks = length(var.allowed_cidrs) > 0 ? var.allowed_cidrs : [var.vpc_cidr]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier     = var.stack
  engine         = "postgres"
  engine_version = "15"
  instance_class = local.instance_class[var.size]

  db_name  = var.database
  username = var.user
  password = var.password
  port     = var.port

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.server.id]
  publicly_accessible    = false
  multi_az               = var.standby

  storage_type          = "gp3"
  storage_encrypted     = true
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.storage_gb * 5

  backup_retention_period    = var.backup_days
  copy_tags_to_snapshot      = true
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = false
  final_snapshot_identifier  = "${var.stack}-final"
  auto_minor_version_upgrade = true
}
