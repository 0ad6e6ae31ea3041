"""A review as one HTML page that needs nothing beside itself."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from infraops.models.reports.review import Review
from infraops.views.review.content import page_of
from infraops.views.review.markdown import SIGNS
from infraops.views.review.picture import BOX_HEIGHT, draw
from infraops.views.words import visible


def _finalize(value: object) -> object:
    """Show what cannot be seen and yet acts. Our own markup is an instance of a class of its own."""
    return visible(value) if type(value) is str else value


def html(review: Review) -> str:
    """Write the page. Everything that is not ours is escaped, and no script runs in it."""
    page = page_of(review)
    gravities = {part.subject.stack: part.gravity for part in page.parts}
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    source = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    picture = draw(review.graph, gravities) if review.graph.edges else None
    text: str = environment.from_string(source).render(
        page=page, picture=picture, box_height=BOX_HEIGHT, signs=SIGNS, kind=lambda gravity: gravity.name.lower()
    )
    return text
