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
    for key, host in aws_instance.host : "${var.blueprint}-${key}" => {
      address   = var.ssh_by == "ssm" ? host.id : host.private_ip
      port      = 22
      user      = var.ssh_user
      groups    = []
      vars      = local.ssh == null ? {} : { ansible_ssh_common_args = local.ssh }
      identity  = host.id
      first_use = true
    }
  }
}

output "endpoints" {
  description = "Where the checks knock."
  value       = { ssh = "tcp://${aws_instance.host[local.names[0]].private_ip}:22" }
}

output "addresses" {
  description = "The hosts' addresses, in the order of their names."
  value       = [for name in local.names : aws_instance.host[name].private_ip]
}
