"""The pages of signing in: plain forms, in Chinese and English, that need no script.

They load our own style and nothing else, send forms to us alone, and stand in nobody's frame.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

from services.desk.domain.passwords import LEAST_CHARACTERS

STYLE: Final = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{more}; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # With no referrer at all a browser sends our own forms as those of nobody (`Origin: null`).
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(
    title: str,
    *parts: str,
    status: int = 200,
    leads_to: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page; `parts` are HTML, the title is text.

    `leads_to` are origins to which a form's answer may send the browser on.
    """
    told = escape(title)
    more = "".join(f" {origin}" for origin in leads_to)
    text = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{told}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="/style.css"></head><body><main><h1>{told}</h1>'
        f"{''.join(parts)}</main></body></html>"
    )
    policy = {"Content-Security-Policy": _POLICY.format(more=more)}
    return HTMLResponse(text, status_code=status, headers=_HEADERS | policy | dict(headers or {}))


def said(text: str) -> str:
    """Return what is told above a form; empty for nothing."""
    return f'<p class="said" role="alert">{escape(text)}</p>' if text else ""


def paragraph(text: str) -> str:
    """Return a paragraph of text."""
    return f"<p>{escape(text)}</p>"


def link(path: str, text: str) -> str:
    """Return a link within the desk."""
    return f'<p><a href="{escape(path)}">{escape(text)}</a></p>'


def form(action: str, fields: Iterable[str], *, button: str) -> str:
    """Return a form; `fields` are HTML. Without an action it goes where its page came from."""
    where = f' action="{escape(action)}"' if action else ""
    return f'<form method="post"{where}>{"".join(fields)}<button>{escape(button)}</button></form>'


def text_field(name: str, label: str, *, value: str = "", completes: str = "off") -> str:
    """Return a field of one line; `completes` is what a browser may fill in."""
    return (
        f'<label>{escape(label)}<input name="{name}" value="{escape(value)}" '
        f'autocomplete="{completes}" maxlength="200" spellcheck="false" autocapitalize="off">'
        "</label>"
    )


def code_field(label: str) -> str:
    """Return a field for the code of an authenticator app."""
    return (
        f'<label>{escape(label)}<input name="code" inputmode="numeric" '
        'autocomplete="one-time-code" maxlength="10"></label>'
    )


def password_field(name: str, label: str, *, new: bool = False) -> str:
    """Return a field for a password, one that is known or a `new` one."""
    completes = "new-password" if new else "current-password"
    least = f' minlength="{LEAST_CHARACTERS}"' if new else ""
    return (
        f'<label>{escape(label)}<input type="password" name="{name}" required '
        f'autocomplete="{completes}" maxlength="256"{least}></label>'
    )


def hidden(name: str, value: str) -> str:
    """Return what a form carries along unseen."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; its cells are HTML, the heads text."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def described(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs of text as a list of terms."""
    return f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in pairs)}</dl>"
