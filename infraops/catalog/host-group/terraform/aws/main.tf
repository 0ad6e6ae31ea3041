terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

data "aws_region" "here" {}

data "aws_ami" "newest" {
  count = var.image == null ? 1 : 0

  owners      = [var.image_owner]
  most_recent = true

  filter {
    name   = "name"
    values = [var.image_name]
  }
}

locals {
  instance_type = { small = "t3.small", medium = "t3.medium", large = "t3.large" }

  # Named by number, so that a larger group leaves the hosts it had as they are.
  names = [for number in range(1, var.hosts + 1) : format("host-%02d", number)]
}

resource "aws_key_pair" "admin" {
  count = var.public_key == null ? 0 : 1

  key_name   = var.stack
  public_key = var.public_key
}

resource "aws_iam_role" "host" {
  name = "${var.stack}-host"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# The one right that hosts have, and only where they are reached by SSM.
resource "aws_iam_role_policy_attachment" "ssm" {
  count = var.ssh_by == "ssm" ? 1 : 0

  role       = aws_iam_role.host.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "host" {
  name = "${var.stack}-host"
  role = aws_iam_role.host.name
}

resource "aws_security_group" "host" {
  name_prefix = "${var.stack}-host-"
  description = "Hosts of ${var.stack}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = var.ssh_by == "ssm" ? [] : [true]

    content {
      description = "SSH"
      protocol    = "tcp"
      from_port   = 22
      to_port     = 22
      cidr_blocks = length(var.ssh_from) > 0 ? var.ssh_from : [var.vpc_cidr]
    }
  }

  egress {
    description = "Packages, and what the service itself asks for"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

# A newer image is for the hosts that are made from then on; another `image` makes all of them anew.
resource "terraform_data" "image" {
  input = var.image
}

resource "aws_launch_template" "host" {
  name_prefix   = "${var.stack}-"
  image_id      = var.image == null ? data.aws_ami.newest[0].id : var.image
  instance_type = local.instance_type[var.size]
  key_name      = var.public_key == null ? null : aws_key_pair.admin[0].key_name

  vpc_security_group_ids = [aws_security_group.host.id]

  iam_instance_profile {
    name = aws_iam_instance_profile.host.name
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = var.disk_gb
      volume_type = "gp3"
      encrypted   = true
    }
  }

  lifecycle {
    ignore_changes = [tag_specifications] # tags are the instances' own matter; some emulators answer with others here
  }
}

resource "aws_instance" "host" {
  for_each = toset(local.names)

  instance_type          = local.instance_type[var.size]
  subnet_id              = var.subnet_ids[index(local.names, each.key) % length(var.subnet_ids)]
  vpc_security_group_ids = [aws_security_group.host.id]

  launch_template {
    id      = aws_launch_template.host.id
    version = "$Latest"
  }

  # Said here as well, so that drift of what keeps the host safe is seen, and a plan says what it is.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_size = var.disk_gb
    volume_type = "gp3"
    encrypted   = true
  }

  tags = { Name = "${var.stack}-${each.key}" }

  lifecycle {
    ignore_changes       = [ami, user_data] # the first follows the newest image, the second nobody sets
    replace_triggered_by = [terraform_data.image]
  }
}
