"""`/docs`: what a service answers over HTTP, as one page that needs no script and no other host."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8886; border-radius: 6px; margin: .5rem 0; padding: .3rem .8rem }
summary { cursor: pointer } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #8882; padding: .6rem; overflow-x: auto; white-space: pre-wrap }
td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top }
:root { color-scheme: light dark }
"""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What a browser may load for the page: nothing beside its own style."""


def docs_page(openapi: Mapping[str, Any], *, base_url: str) -> str:
    """Return an OpenAPI document as HTML, with a `curl` line for each operation."""
    info = openapi["info"]
    title = escape(info["title"])
    operations = "".join(
        _operation(method.upper(), path, operation, base_url=base_url)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    )
    schemas = "".join(
        _folded(f"<code>{escape(name)}</code>", _json(schema))
        for name, schema in openapi.get("components", {}).get("schemas", {}).items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(info.get('description', ''))}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a> (HTTP), '
        '<a href="asyncapi.json">asyncapi.json</a> (Kafka), <a href="metrics">metrics</a>.</p>'
        f"<h2>HTTP</h2>{operations}<h2>Schemas</h2>{schemas}</body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], *, base_url: str) -> str:
    told = "".join(_parts(operation))
    curl = _curl(method, path, base_url=base_url, with_body="requestBody" in operation)
    head = f"<code><b>{method}</b> {escape(path)}</code> {escape(operation.get('summary', ''))}"
    text = f"<p>{escape(operation.get('description', ''))}</p><pre>{escape(curl)}</pre>{told}"
    return _folded(head, text)


def _parts(operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what goes in and what comes back."""
    parameters = operation.get("parameters", ())
    if parameters:
        yield "<h4>Parameters</h4>" + _table(
            (p["name"], p["in"], "required" if p.get("required") else "", _short(p["schema"]))
            for p in parameters
        )
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield _folded(f"Body: <code>{escape(media_type)}</code>", _json(content["schema"]))
    yield "<h4>Answers</h4>" + _table(
        (status, answer.get("description", ""), ", ".join(answer.get("content", ())))
        for status, answer in operation.get("responses", {}).items()
    )


def _curl(method: str, path: str, *, base_url: str, with_body: bool) -> str:
    url = f"'{base_url.rstrip('/')}{path}' -H \"Authorization: Bearer $TONGXIN_KEY\""
    if with_body:
        return f"curl -X {method} {url} -H 'Content-Type: application/json' --data @body.json"
    return f"curl {url}" if method == "GET" else f"curl -X {method} {url}"


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    cells = ("".join(f"<td>{escape(text)}</td>" for text in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _folded(head: str, text: str) -> str:
    return f"<details><summary>{head}</summary>{text}</details>"


def _json(schema: object) -> str:
    return f"<pre>{escape(json.dumps(schema, ensure_ascii=False, indent=1))}</pre>"


def _short(schema: Mapping[str, Any]) -> str:
    """Return a parameter's schema on one line, without the title that repeats its name."""
    return json.dumps({name: value for name, value in schema.items() if name != "title"})
