"""From what a page shows to the page: its words, its frame, and what a browser may do with it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Final, Self

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.vocabulary import Urgency
from schemas.words import labels
from schemas.words.form import Words
from schemas.words.titles import reading_of
from services.access.actor import Actor
from services.desk.http.site import START
from services.desk.pages import times, words
from services.desk.pages.actions import EVIDENCE, Widget
from services.desk.pages.language import Language, language_of
from services.desk.pages.letters import LETTERS
from services.desk.pages.places import Place, places_of
from services.desk.pages.preferences import Keys, Preferences
from services.desk.pages.queues import SavedTab, Tab

_STATIC: Final = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages load; another one has another address, so that a browser keeps each."""

    path: str
    media_type: str
    content: bytes

    @classmethod
    def of(cls, name: str, media_type: str) -> Self:
        """Read a file of `static/`."""
        content, file = (_STATIC / name).read_bytes(), PurePath(name)
        path = f"/static/{file.stem}-{sha256(content).hexdigest()[:16]}{file.suffix}"
        return cls(path, media_type, content)


STYLE: Final = Asset.of("desk.css", "text/css")
ICON: Final = Asset.of("icon.svg", "image/svg+xml")
SCRIPTS: Final = tuple(Asset.of(name, "text/javascript") for name in ("htmx.js", "desk.js"))
KEYS: Final = Asset.of("keys.js", "text/javascript")
LEAVING: Final = Asset.of("leaving.js", "text/javascript")
ASSETS: Final = (STYLE, ICON, *SCRIPTS, KEYS, LEAVING)

# Beside those that every answer has (`services/kit/http/security_headers.py`).
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'{more}; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    # With no referrer at all a browser sends our own forms as those of nobody (`Origin: null`).
    "Referrer-Policy": "same-origin",
    # What is shown depends on both, and an address is that of the JSON, too.
    "Vary": "Accept, Accept-Language, Cookie",
}
_TEMPLATES: Final = Environment(
    loader=PackageLoader("services.desk.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_OF_ALL: Final = {"overview": "overview.tab", "map": "map.tab", "duty": "duty.tab"}
"""Pages before the lists, for who sees every case, and what they are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who reads a page: in which language, when, by which plan.

    `titles` are what the plan's parties are called; `here` is the address of the page.
    """

    language: Language
    now: datetime
    plan: Plan
    titles: Callable[[str], Words]
    actor: Actor | None
    tabs: Collection[Tab]
    here: str
    preferences: Preferences
    saved: Collection[SavedTab] = ()

    def say(self, name: str, /, **values: object) -> str:
        """Return what a name of `words.toml` says."""
        return words.say(self.language, name, **values)

    def word(self, pair: Words) -> str:
        """Return a pair of words in the reader's language."""
        return words.told(self.language, pair)

    def either(self, chinese: str, english: str) -> str:
        """Return what is there in both languages, in the reader's."""
        return self.language.of(chinese, english)

    def heading(self, pair: Words) -> str:
        """Return a pair of words as they stand alone: with a capital."""
        return sentence(self.word(pair))

    def party(self, code: str) -> str:
        """Return what a party is called; one that left the plan is called by its code."""
        return self.word(self.titles(code))

    def holder(self, department: str | None, person: str | None) -> str:
        """Return who has a case or a part of it: the department, and the person where known."""
        if department is None:
            return self.say("case.nobody")
        return self.party(department) + (f" · {self.person(department, person)}" if person else "")

    def person(self, department: str, id_: str) -> str:
        """Return what the plan calls somebody of a department; whom it does not know, by the id."""
        party = self.plan.departments.get(department) or self.plan.supervision
        known = next((one for one in party.people if one.id == id_), None)
        return id_ if known is None else self.either(known.title_zh, known.title_en)

    def grid(self, code: str) -> str:
        """Return what a grid is called; one that left the plan is called by its code."""
        known = self.plan.grid(code)
        if known is None:
            return f"{self.say('case.grid')} {code}"
        return sentence(self.either(known.title_zh, known.title_en))

    def area(self, code: str) -> str:
        """Return what a district or a grid is called; one that left the plan is a grid."""
        known = next((one for one in self.plan.districts if one.code == code), None)
        return self.grid(code) if known is None else self.either(known.title_zh, known.title_en)

    def clock(self, name: str) -> str:
        """Return what a clock is called."""
        return self.heading(labels.CLOCK[name])

    @property
    def places(self) -> Sequence[Place]:
        """The pages beside the lists that are theirs, in the order of the frame."""
        return () if self.actor is None else places_of(self.actor)

    @property
    def of_all(self) -> Sequence[tuple[str, str]]:
        """The pages before the lists that are theirs, and what each is called."""
        sees_all = self.tabs and self.actor is not None and self.actor.sees_all
        return [(name, self.say(told)) for name, told in _OF_ALL.items()] if sees_all else ()

    @property
    def unfilled(self) -> int:
        """Of how many departments on call nobody is asked now."""
        on_call = (one for one in self.plan.departments.values() if not one.tier.is_staffed)
        return sum(not one.on_duty(self.now, self.plan.timezone) for one in on_call)

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """Which letter after `g` leads where, as the frame of this page has it."""
        lists = [(one.queue.name, self.say(f"queue.{one.queue.name}")) for one in self.tabs]
        places = [(one.name, self.say(f"place.{one.name}")) for one in self.places]
        return [(LETTERS[name], said) for name, said in (*self.of_all, *lists, *places)]

    def letter(self, name: str) -> str:
        """Return the letter that leads to a list or a place."""
        return LETTERS[name]

    def is_in(self, place: Place) -> bool:
        """Tell whether this page is of such a place."""
        return self.here.partition("?")[0].startswith(place.below)

    def role(self, code: str) -> str:
        """Return what a role is called."""
        return self.heading(labels.ROLE[ActingRole(code)])

    def urgency(self, urgency: Urgency) -> str:
        """Return what an urgency is called."""
        return self.word(labels.URGENCY[urgency])

    def proof(self, kind: str) -> str:
        """Return what a kind of proof is called; also by the field that takes its link.

        One that nobody here knows has its own name.
        """
        name = kind.removeprefix(EVIDENCE)
        known = f"proof.{name}"
        return self.say(known) if known in words.WORDS else name

    def field(self, name: str) -> str:
        """Return what a field of a form is called; one that no form has, by its own name."""
        if name.startswith(EVIDENCE):
            return self.proof(name)
        known = f"field.{name}"
        return self.say(known) if known in words.WORDS else name

    def about(self, what: str) -> str:
        """Return what an action is about: a party, or what is asked for."""
        known = f"about.{what}"
        if not what:
            return ""
        return self.say(known) if known in words.WORDS else self.party(what)

    def action(self, kind: str) -> str:
        """Return what is done by a kind of command or answer."""
        return self.say(f"action.{kind.removeprefix('case.')}", what="").strip()

    def choice(self, widget: str, code: str) -> str:
        """Return what one of the choices of a field is called."""
        if widget == Widget.DEPARTMENT:
            return self.party(code)
        if widget == Widget.URGENCY:
            return self.heading(labels.URGENCY[Urgency(code)])
        known = self.plan.category(code)
        return f"{sentence(self.either(known.title_zh, known.title_en))} ({code})"

    def at(self, instant: datetime) -> str:
        """Return an instant in the city's time, as people say it."""
        zone = self.plan.timezone
        return times.instant(
            instant.astimezone(zone), now=self.now.astimezone(zone), language=self.language
        )

    def spoken(self, chinese: str, english: str) -> str:
        """Return a sentence in the reader's language, its instants as people say them."""
        now = self.now.astimezone(self.plan.timezone)
        return times.spoken(self.either(chinese, english), now=now, language=self.language)

    def length(self, span: timedelta) -> str:
        """Return a length of time as people say it."""
        return times.length(span, language=self.language)


def sentence(text: str) -> str:
    """Return a text as it begins a sentence.

    >>> sentence("gas leak")
    'Gas leak'
    """
    return text[:1].upper() + text[1:]


def reader_of(
    request: Request,
    *,
    now: datetime,
    plan: Plan,
    actor: Actor | None = None,
    tabs: Collection[Tab] = (),
) -> Reader:
    """Return who reads the answer to a request."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in {"GET", "HEAD"}:
        here = START  # nobody can come back to the answer to a form
    return Reader(
        language=language_of(request),
        now=now,
        plan=plan,
        titles=reading_of(plan).name,
        actor=actor,
        tabs=tabs,
        here=here,
        preferences=Preferences.of(request),
    )


def page(
    template: str,
    reader: Reader,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    leads_to: Iterable[str] = (),
    **shown: object,
) -> HTMLResponse:
    """Return a page for its reader. Raises `UndefinedError` where a template knows too much.

    `leads_to` are origins to which a form's answer may send the browser on.
    """
    policy = _POLICY.format(more="".join(f" {origin}" for origin in leads_to))
    loaded = {"style": STYLE.path, "icon": ICON.path, "scripts": _scripts_for(reader)}
    text = _TEMPLATES.get_template(template).render(r=reader, **{"live": None} | loaded | shown)
    told = {"Content-Security-Policy": policy} | _HEADERS | dict(headers or {})
    return HTMLResponse(text, status_code=status, headers=told)


def _scripts_for(reader: Reader) -> list[str]:
    """Return what a page loads; keys that are switched off are not even there."""
    scripts = SCRIPTS if reader.preferences.keys is Keys.OFF else (*SCRIPTS, KEYS)
    return [one.path for one in scripts]
