locals {
  # Under ssm a host is known by its instance, and the AWS CLI with its session-manager-plugin leads there.
  ssh = {
    private = null
    bastion = var.bastion == null ? null : "-o ProxyJump=${var.bastion}"
    ssm = join(" ", [
      "-o ProxyCommand='aws ssm start-session --region ${data.aws_region.here.name} --target %h",
      "--document-name AWS-StartSSHSession --parameters portNumber=%p'",
    ])
  }[var.ssh_by]
}

output "hosts" {
  description = "The machines to configure, by name."
  value = {
    for key, host in aws_instance.app : "${var.blueprint}-${key}" => {
      address = var.ssh_by == "ssm" ? host.id : host.private_ip
      port    = 22
      user    = var.ssh_user
      groups  = ["app"]
      vars = merge(
        { web_app_refresh_packages = true },
        local.ssh == null ? {} : { ansible_ssh_common_args = local.ssh },
      )
      identity  = host.id
      first_use = true
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { web = local.url, targets = aws_lb_target_group.app.arn }
}

output "url" {
  description = "Where the service answers."
  value       = local.url
}

output "address" {
  description = "The balancer's address."
  value       = aws_lb.balancer.dns_name
}
