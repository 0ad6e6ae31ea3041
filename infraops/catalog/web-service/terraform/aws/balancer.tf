locals {
  listen_port = var.certificate == null ? var.port : 443
  url = (
    var.certificate != null ? "https://${aws_lb.balancer.dns_name}"
    : var.port == 80 ? "http://${aws_lb.balancer.dns_name}" : "http://${aws_lb.balancer.dns_name}:${var.port}"
  )
}

resource "aws_security_group" "balancer" {
  name_prefix = "${var.stack}-lb-"
  description = "Balancer of ${var.stack}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = toset(distinct([var.port, local.listen_port]))

    content {
      description = "Requests"
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = var.balancer_from
    }
  }

  egress {
    description = "To the hosts"
    protocol    = "tcp"
    from_port   = local.app_port
    to_port     = local.app_port
    cidr_blocks = [var.vpc_cidr]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb" "balancer" {
  name               = substr("${var.stack}-lb", 0, 32)
  load_balancer_type = "application"
  internal           = false
  subnets            = var.balancer_subnet_ids
  security_groups    = [aws_security_group.balancer.id]

  drop_invalid_header_fields = true
}

resource "aws_lb_target_group" "app" {
  name     = substr("${var.stack}-app", 0, 32)
  vpc_id   = var.vpc_id
  protocol = "HTTP"
  port     = local.app_port

  deregistration_delay = 60

  health_check {
    path                = var.health_path
    matcher             = "200"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_target_group_attachment" "app" {
  for_each = aws_instance.app

  target_group_arn = aws_lb_target_group.app.arn
  target_id        = each.value.id
}

resource "aws_lb_listener" "balancer" {
  load_balancer_arn = aws_lb.balancer.arn
  protocol          = var.certificate == null ? "HTTP" : "HTTPS"
  port              = local.listen_port
  certificate_arn   = var.certificate
  ssl_policy        = var.certificate == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
}

resource "aws_lb_listener" "balancer_http" {
  count = var.certificate == null ? 0 : 1

  load_balancer_arn = aws_lb.balancer.arn
  protocol          = "HTTP"
  port              = var.port

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
