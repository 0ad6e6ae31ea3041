"""What in Terraform's language acts, fetches or reads files while it plans, as far as this version knows it. Data."""

# Data sources that run something, reach the network by an address of their own, or read files and secrets.
DATA_SOURCES = frozenset({
    "external", "http", "local_file", "local_sensitive_file", "local_command", "archive_file", "terraform_remote_state",
    "template_file", "template_dir", "template_cloudinit_config", "tls_certificate", "sops_file", "sops_external",
    "shell_script", "shell_sensitive_script", "consul_keys", "consul_key_prefix", "carvel_ytt", "helm_template",
    "kustomization", "kustomization_build", "kustomization_overlay", "kubectl_file_documents",
    "kubectl_path_documents", "kubectl_filename_list", "docker_registry_image", "git_repository", "jsonnet_file",
    "aws_lambda_invocation", "aws_secretsmanager_secret_version", "aws_secretsmanager_random_password",
    "aws_ssm_parameter", "aws_ssm_parameters_by_path", "aws_kms_secrets", "aws_kms_secret", "aws_eks_cluster_auth",
    "aws_ecr_authorization_token", "aws_s3_object", "aws_s3_bucket_object", "google_secret_manager_secret_version",
    "google_secret_manager_secret_version_access", "google_client_config", "google_service_account_access_token",
    "google_service_account_id_token", "google_service_account_jwt", "google_kms_secret",
    "azurerm_key_vault_secret", "azurerm_key_vault_secrets", "azurerm_key_vault_certificate_data",
    "azurerm_storage_account_sas", "kubernetes_secret", "kubernetes_secret_v1", "kubernetes_resource",
})  # fmt: skip
DATA_PREFIXES = ("dns_", "vault_", "onepassword_", "bitwarden_", "doppler_", "infisical_", "ssh_", "sshcommand_")

# Resources that do so when they are only planned.
RESOURCES = frozenset({
    "helm_release", "kubernetes_manifest", "archive_file", "shell_script", "shell_script_resource", "docker_image",
    "docker_registry_image", "kustomization_resource", "carvel_kapp", "packer_image", "packer_build",
})  # fmt: skip

# Functions whose first argument names a file, and those of which the file's text is a template itself.
FILE_FUNCTIONS = frozenset({
    "file", "filebase64", "filebase64gzip", "filebase64sha256", "filebase64sha512", "filemd5", "filesha1",
    "filesha256", "filesha512", "fileexists", "templatefile", "fileset",
})  # fmt: skip

# Functions that know nothing but what they are handed.
FUNCTIONS = frozenset({
    "abs", "abspath", "alltrue", "anytrue", "base64decode", "base64encode", "base64gunzip", "base64gzip",
    "base64sha256", "base64sha512", "basename", "bcrypt", "can", "ceil", "chomp", "chunklist", "cidrcontains",
    "cidrhost", "cidrnetmask", "cidrsubnet", "cidrsubnets", "coalesce", "coalescelist", "compact", "concat",
    "contains", "convert", "csvdecode", "dirname", "distinct", "element", "endswith", "ephemeralasnull",
    "flatten", "floor", "format", "formatdate", "formatlist", "indent", "index", "issensitive", "join",
    "jsondecode", "jsonencode", "keys", "length", "list", "log", "lookup", "lower", "map", "matchkeys", "max",
    "md5", "merge", "min", "nonsensitive", "one", "parseint", "plantimestamp", "pow", "range", "regex",
    "regexall", "replace", "reverse", "rsadecrypt", "sensitive", "setintersection", "setproduct", "setsubtract",
    "setunion", "sha1", "sha256", "sha512", "signum", "slice", "sort", "split", "startswith", "strcontains",
    "strrev", "substr", "sum", "textdecodebase64", "textencodebase64", "timeadd", "timecmp", "timestamp",
    "title", "tobool", "tolist", "tomap", "tonumber", "toset", "tostring", "transpose", "trim", "trimprefix",
    "trimspace", "trimsuffix", "try", "type", "upper", "urldecode", "urlencode", "uuid", "uuidv5", "values",
    "yamldecode", "yamlencode", "zipmap",
    "object", "tuple", "set", "any", "optional",  # of types
})  # fmt: skip
