"""Programs that a plan's configuration runs, and its changes do not show."""

from infraops.models.plans.plan import Provisioner
from infraops.tools.terraform.plans.model import plan_model


def test_programs_are_found_in_every_module() -> None:
    disk = {"address": "disk.a", "mode": "managed", "type": "disk", "provisioners": [{"type": "local-exec"}]}
    asked = {"address": "data.external.b", "mode": "data", "type": "external"}
    made = {"address": "external.c", "mode": "managed", "type": "external"}
    inner = {"resources": [disk, asked, made]}
    outer = {"resources": [disk], "module_calls": {"inner": {"module": inner}}}
    document = {"configuration": {"root_module": {"module_calls": {"service": {"module": outer}}}}}
    model = plan_model(document)
    assert model.provisioners == (
        Provisioner("module.service.disk.a", "local-exec"),
        Provisioner("module.service.module.inner.disk.a", "local-exec"),
    )
    assert model.external_data == ("module.service.module.inner.data.external.b",)


def test_a_plan_without_a_configuration_runs_none() -> None:
    model = plan_model({})
    assert (model.provisioners, model.external_data) == ((), ())
