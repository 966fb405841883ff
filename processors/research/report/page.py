"""One HTML page from a template, in which only our own scripts run and nothing is loaded."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup


def page(charts: str, *, template: str = "page.html", **values: Any) -> bytes:
    """The page in UTF-8. charts: JSON of embedding.embedded. values: what the template names, each
    escaped by it."""
    library = "\n".join(Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw)
    scripts = [library, _file("page.js")]
    assert not any("</script" in script or "<!--" in script for script in scripts)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(_file)
    )
    # Markup is what needs no escape: our own files, bokeh's, and JSON that has its own escapes.
    text = environment.get_template(template).render(
        values,
        charts=Markup(charts),  # noqa: S704 -- embedded() leaves no <, > or & in it
        scripts=[Markup(script) for script in scripts],  # noqa: S704 -- ours and bokeh's
        style=Markup(_file("page.css")),  # noqa: S704 -- ours
        policy=policy(scripts),
    )
    return text.encode()


def policy(scripts: list[str]) -> str:
    """A Content Security Policy (W3C, level 3) for a page that loads nothing and runs exactly
    these scripts; bokeh styles its elements inline and has its icons as data."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
