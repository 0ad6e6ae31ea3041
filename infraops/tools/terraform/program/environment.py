"""The environment that Terraform is started with: what it and its providers need, and no more."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import infraops

_NAMES = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "TERM", "LANG", "LANGUAGE", "NO_COLOR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSH_AUTH_SOCK", "KUBECONFIG",
    "VIRTUAL_ENV", "TERRAFORM_CONFIG", "LD_LIBRARY_PATH", "GIT_SSH", "GIT_SSH_COMMAND", "NETRC",
})  # fmt: skip

# What providers and backends read their credentials and settings from.
PREFIXES = (
    "TF_", "TOFU_", "LC_", "XDG_", "AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "ARM_", "AZURE_", "ALICLOUD_", "OCI_",
    "DIGITALOCEAN_", "HCLOUD_", "OS_", "OVH_", "SCW_", "LINODE_", "VULTR_", "EXOSCALE_", "IBMCLOUD_", "YC_",
    "VSPHERE_", "PM_", "PROXMOX_", "LIBVIRT_", "CLOUDFLARE_", "GITHUB_", "GITLAB_", "GITEA_", "VAULT_", "CONSUL_",
    "NOMAD_", "KUBE_", "PG", "DATADOG_", "DD_", "GRAFANA_", "PAGERDUTY_", "INFRAOPS_LAB_",
)  # fmt: skip


# Each would change what a command does without the output naming it; the values of variables come from infraops.
_LEFT_OUT = ("TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_VAR_")


def environment(environ: Mapping[str, str], *, root: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Choose from `environ` what Terraform, its backends and its providers are handed.

    `root` is the control repo, which our own provider looks for; `extra` wins over everything. A variable that
    names a configuration file which is not there is left out, as Terraform would complain about it in every answer.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if (name in _NAMES or name.startswith(PREFIXES)) and not name.startswith(_LEFT_OUT)
    }
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        if name in kept and not Path(kept[name]).is_file():
            del kept[name]
    ours = {
        "INFRAOPS_PYTHON": sys.executable,
        "INFRAOPS_ROOT": str(root),
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }
    return {**kept, **ours, **_python_path(), **extra}


@cache
def _python_path() -> dict[str, str]:
    """Lead Python children to this very package where it runs from a checkout that is not installed."""
    try:
        distribution("infraops")
    except PackageNotFoundError:
        return {"PYTHONPATH": str(Path(os.path.abspath(infraops.__file__)).parents[1])}  # noqa: PTH100
    return {}
