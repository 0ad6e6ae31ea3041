"""Who may say yes to what: the authority table of an environment, and when changes may happen there. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from infraops.models.basics.base import FileModel
from infraops.models.files.template import Duration, Name

OWNER = "owner"  # the authority that means the group called as the stack's owner
CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
MOMENT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$"


class Several(FileModel):
    """So many different people of one authority."""

    of: Name
    count: int = Field(ge=1, le=20)


class AnyOf(FileModel):
    """One of these suffices."""

    any: "tuple[Requirement, ...]" = Field(min_length=1, strict=False)


class AllOf(FileModel):
    """All of these are needed; one person may speak for more than one authority."""

    all: "tuple[Requirement, ...]" = Field(min_length=1, strict=False)


def form_of(value: Any) -> str | None:
    """Tell by its keys which form of a requirement a value has, so that mistakes speak of that form alone."""
    if not isinstance(value, Mapping):
        return type(value).__name__ if isinstance(value, AnyOf | AllOf | Several) else "name"
    forms = {"any": "AnyOf", "all": "AllOf", "of": "Several", "count": "Several"}
    found = {form for key, form in forms.items() if key in value}
    return found.pop() if len(found) == 1 else None


Requirement = Annotated[  # a name stands for one person of that authority
    Annotated[Name, Tag("name")]
    | Annotated[Several, Tag("Several")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[AllOf, Tag("AllOf")],
    Discriminator(form_of),
]


class AuthorityRow(FileModel):
    """One row of the authority table: where `when` (CEL) holds of a change, `demand` has to say yes."""

    name: Name
    when: str = Field(default="true", min_length=1)
    demand: Requirement


class ApprovalRules(FileModel):
    """Changes need signed approvals here."""

    expires: Duration = "7d"  # the longest that an approval may be good for
    authorities: tuple[AuthorityRow, ...] = Field(default=(), strict=False)  # none: one person who may sign, no author
    emergency: Requirement | None = None  # who says yes in an emergency; none: anybody who may sign
    review_within: Duration = "3d"  # of an emergency, afterwards


class StandardRules(FileModel):
    """What a change has to be like to be authorised beforehand."""

    templates: tuple[str, ...] = Field(default=("*",), strict=False)  # globs over `name@version`
    actions: tuple[Literal["create", "update", "import", "configure"], ...] = Field(
        default=("create", "update", "configure"), strict=False
    )
    max_cost_delta: float = Field(default=0.0, ge=0, allow_inf_nan=False)  # a month, in the prices' currency
    clean_runs: int = Field(default=3, ge=0)  # of the template here since its last failure
    window: Name | None = None


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Window(FileModel):
    """Hours on days of the week; where `until` is not after `from`, it ends on the day after."""

    days: tuple[Day, ...] = Field(default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), min_length=1, strict=False)
    from_: Annotated[str, Field(pattern=CLOCK_PATTERN)] = Field(default="00:00", alias="from")
    until: Annotated[str, Field(pattern=CLOCK_PATTERN)] = "00:00"
    zone: str = "UTC"


class Freeze(FileModel):
    """A time in which nothing but emergencies happens."""

    from_: Annotated[str, Field(pattern=MOMENT_PATTERN)] = Field(alias="from")
    until: Annotated[str, Field(pattern=MOMENT_PATTERN)]
    zone: str = "UTC"
    reason: str = Field(min_length=1)
