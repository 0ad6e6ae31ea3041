"""Serving a Terraform provider that is written with the package `tf`.

In place of `tf.runner`, which keeps its certificate in one file that providers starting together overwrite for each
other, and which breaks off what is under way when Terraform asks it to stop. Here each process has a certificate of
its own in memory, and what is under way is finished, so that Terraform can write it into its state.
"""

import base64
import os
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tf.gen import grpc_controller_pb2 as controller_messages
from tf.gen import grpc_controller_pb2_grpc as controller
from tf.gen import grpc_stdio_pb2_grpc as stdio
from tf.gen import tfplugin_pb2_grpc as plugin
from tf.iface import Provider
from tf.provider import ProviderServicer
from tf.utils import read_dynamic_value

COOKIE = "TF_PLUGIN_MAGIC_COOKIE"
WORKERS = 64  # requests at a time; Terraform's -parallelism decides how many there are
LAST_REQUESTS = 180.0  # seconds for what is still under way after Terraform itself is gone

# What the user wrote about the resource that is being planned: `tf` hands on only the values proposed from it.
planned_config: ContextVar[dict[str, Any] | None] = ContextVar("planned_config", default=None)


class _Servicer(ProviderServicer):  # type: ignore[misc]
    def __init__(self, provider: Provider, stopping: threading.Event) -> None:
        super().__init__(provider)
        self._stopping = stopping

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802
        planned_config.set(read_dynamic_value(request.config))
        return super().PlanResourceChange(request, context)

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._stopping.set()
        return super().StopProvider(request, context)


class _Controller(controller.GRPCControllerServicer):  # type: ignore[misc]
    def __init__(self, done: threading.Event) -> None:
        self._done = done

    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._done.set()
        return controller_messages.Empty()


class _Stdio(stdio.GRPCStdioServicer):  # type: ignore[misc]
    def StreamStdio(self, request: Any, context: Any) -> Any:  # noqa: N802
        return iter(())


def serve(provider: Provider, stopping: threading.Event) -> None:
    """Serve a provider until Terraform says it is done, or is gone; `stopping` is set when Terraform wants to stop."""
    # Ctrl-C reaches Terraform, which then asks us to stop. Not SIG_IGN: that would be handed on to the hosts.
    signal.signal(signal.SIGINT, lambda *_: None)
    parent, done = os.getppid(), threading.Event()
    server = grpc.server(ThreadPoolExecutor(WORKERS))
    plugin.add_ProviderServicer_to_server(_Servicer(provider, stopping), server)
    controller.add_GRPCControllerServicer_to_server(_Controller(done), server)
    stdio.add_GRPCStdioServicer_to_server(_Stdio(), server)
    with tempfile.TemporaryDirectory(prefix="infraops-lab-") as directory:
        address = f"{directory}/provider.sock"
        certificate, credentials = _credentials()
        server.add_secure_port(f"unix://{address}", credentials)
        server.start()
        trust = base64.b64encode(certificate).decode().rstrip("=")
        sys.stdout.write(f"1|6|unix|{address}|grpc|{trust}\n")
        sys.stdout.flush()
        while not done.wait(0.5) and os.getppid() == parent:
            pass
        stopping.set()
        server.stop(grace=0.1 if done.is_set() else LAST_REQUESTS).wait()


def _credentials() -> tuple[bytes, grpc.ServerCredentials]:
    """Return a certificate for this process alone (DER), and what the server needs to use it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    return certificate.public_bytes(serialization.Encoding.DER), grpc.ssl_server_credentials([(private, chain)])
