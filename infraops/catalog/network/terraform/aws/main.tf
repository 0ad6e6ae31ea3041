terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

data "aws_availability_zones" "here" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.here.names, 0, var.zones)

  # By the zone's letter, so that a further zone leaves the subnets there were as they are. Of sixteen parts the first
  # eight are public, the others private.
  letters = ["a", "b", "c", "d", "e", "f"]
  places  = { for number, zone in local.zones : local.letters[number] => { zone = zone, number = number } }
  nats = {
    for letter, place in local.places : letter => place
    if var.nat == "per-zone" || (var.nat == "single" && place.number == 0)
  }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.stack }

  lifecycle {
    precondition {
      condition     = length(data.aws_availability_zones.here.names) >= var.zones
      error_message = "The region has fewer availability zones than `zones` asks for."
    }
  }
}

# The group that AWS gives every network, and everything in it that names none: closed.
resource "aws_default_security_group" "this" {
  vpc_id  = aws_vpc.this.id
  ingress = []
  egress  = []

  tags = { Name = "${var.stack}-closed" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.stack }
}

resource "aws_subnet" "public" {
  for_each = local.places

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.zone
  cidr_block        = cidrsubnet(var.cidr, 4, each.value.number)

  tags = { Name = "${var.stack}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each = local.places

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.zone
  cidr_block        = cidrsubnet(var.cidr, 4, each.value.number + 8)

  tags = { Name = "${var.stack}-private-${each.key}" }
}

resource "aws_eip" "nat" {
  for_each = local.nats

  domain = "vpc"

  tags = { Name = "${var.stack}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each = local.nats

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${var.stack}-${each.key}" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  tags = { Name = "${var.stack}-public" }
}

resource "aws_route_table" "private" {
  for_each = local.places

  vpc_id = aws_vpc.this.id

  dynamic "route" {
    for_each = var.nat == "none" ? [] : [var.nat == "single" ? "a" : each.key]

    content {
      cidr_block     = "0.0.0.0/0"
      nat_gateway_id = aws_nat_gateway.this[route.value].id
    }
  }

  tags = { Name = "${var.stack}-private-${each.key}" }
}

resource "aws_route_table_association" "public" {
  for_each = local.places

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  for_each = local.places

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}
