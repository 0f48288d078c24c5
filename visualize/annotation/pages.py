"""Pages that ask people, and what becomes of their answers: the application behind ``viz annotate``."""

from __future__ import annotations

import functools
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from anyio import to_thread
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from visualize.annotation.guard import FIELDS, Guard
from visualize.annotation.kinds import KINDS
from visualize.annotation.records import LONGEST_NAME, LONGEST_WORD, Answer, Draft, tidy
from visualize.annotation.storage import StorageError
from visualize.methods.errors import InputError
from visualize.pages.environment import rendered, static

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from visualize.annotation.gathering import Gathered
    from visualize.annotation.questions import Question, Questions
    from visualize.annotation.records import Key
    from visualize.annotation.storage import Answers

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC = ("report.css", "annotate.css", "annotate.js", "icon.svg")
_JSON = "application/json"
_NOT_FOUND, _WRONG, _NO_ROOM = 404, 422, 507
_LATEST = 1 << 53  # milliseconds, the largest number that a page's script can write


@dataclass(frozen=True)
class Pages:
    """Answers requests of one run.

    Args:
        gathered: the units' pictures.
        questions: all that is asked.
        answers: where answers go.
    """

    gathered: Gathered
    questions: Questions
    answers: Answers
    _pictures: dict[str, Path] = field(init=False, repr=False, default_factory=dict)
    _legends: dict[str, list[tuple[str, str]]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for layer in dict.fromkeys(subject.layer for subject in self.questions.subjects):
            marks = self.gathered.legend(layer)
            self._legends[layer] = [(self.picture(layer, file), words) for file, words in marks]
            self._pictures.update({self.picture(layer, file): self.gathered.picture(layer, file) for file, _ in marks})
        for question in self.questions.asked:
            for item in question.shown:
                path = self.gathered.picture(question.layer, item.file)
                self._pictures[self.picture(question.layer, item.file)] = path

    def picture(self, layer: str, file: str) -> str:
        """Name of a picture in its address, which does not tell whose it is."""
        return hashlib.sha256(f"{self.answers.token}\0{layer}\0{file}".encode()).hexdigest()[:20]

    def app(self, host: str) -> ASGIApp:
        """The application, guarded.

        Args:
            host: address that the server is bound to.
        """
        routes = [
            Route("/", self._asked(self.home), methods=["GET"]),
            Route("/static/{name}", self.file, methods=["GET"]),
            Route("/pictures/{name}", self.shown, methods=["GET"]),
            Route("/answer", self._asked(self.answer), methods=["POST"]),
            Route("/draft", self._asked(self.draft), methods=["POST"]),
            Route("/undo", self._asked(self.undo), methods=["POST"]),
        ]
        return Guard(Starlette(routes=routes), host, self.answers.token)

    def _asked(self, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """Answer in a thread, and say in one line what cannot be."""

        async def run(request: Request) -> Response:
            try:
                return await to_thread.run_sync(functools.partial(answer, request))
            except StorageError as fault:
                return self._refused(request, str(fault), _NO_ROOM)
            except InputError as fault:
                return self._refused(request, str(fault), _WRONG)

        return run

    def home(self, request: Request) -> Response:
        """The page of a person: the first question without an answer, or the one that is named."""
        name = tidy(request.query_params.get("by", ""), LONGEST_NAME, "the name")
        if not name:
            return self._page("annotate_welcome.html", title="Who is naming?", units=len(self.questions))
        name = self.answers.called(name)
        ordered = self.questions.ordered(name)
        answered = self.answers.answered(name)
        done = sum(question.key in answered for question in ordered)
        named = _key(request.query_params.get("unit", ""))
        question = None if named is None else self.questions.get(named)
        question = question or next((item for item in ordered if item.key not in answered), None)
        words = {"by": name, "done": done, "total": len(ordered)}
        if question is None:
            return self._page("annotate_done.html", title=f"All named: {name}", **words)
        return self._question(question, words)

    def _question(self, question: Question, words: dict[str, object]) -> Response:
        draft = self.answers.draft_of(str(words["by"]), question.key) or Draft()
        marked = draft.misfits if draft.page == question.page else ()
        pictures = [
            {"name": self.picture(question.layer, item.file), "marked": place in marked}
            for place, item in enumerate(question.shown)
        ]
        return self._page(
            "annotate.html", title=f"Unit {words['done']} of {words['total']}", question=question, draft=draft,
            pictures=pictures, kinds=KINDS, once=secrets.token_hex(8), longest=LONGEST_WORD,
            decoys=self.answers.mixing.share, legend=self._legends[question.layer], **words,
        )  # fmt: skip

    async def file(self, request: Request) -> Response:
        """A file that pages use."""
        name = request.path_params["name"]
        if name not in _STATIC:
            return Response(status_code=_NOT_FOUND)
        return Response(static(name), media_type=_TYPES[f".{name.rpartition('.')[2]}"])

    async def shown(self, request: Request) -> Response:
        """A picture of a unit."""
        path = self._pictures.get(request.path_params["name"])
        try:
            content = None if path is None else await to_thread.run_sync(path.read_bytes)
        except OSError:
            content = None
        if content is None:
            return Response(status_code=_NOT_FOUND)
        return Response(content, media_type="image/webp", headers={"cache-control": "private, max-age=86400"})

    def answer(self, request: Request) -> Response:
        """Save an answer, and go on to the next question."""
        form = Form.of(request)
        question = self._named(form)
        nothing = bool(form.text("nothing"))
        saved = Answer(
            annotator=form.person, layer=question.layer, unit=question.unit, shown=question.shown,
            word="" if nothing else form.word, kind="" if nothing else form.kind,
            misfits=() if nothing else form.misfits,
        )  # fmt: skip
        if not nothing and not saved.word:
            raise InputError("write a word or short description, or say that the pictures have nothing in common")
        self.answers.save(saved, once=form.once, at=form.at)
        return self._on(request, form.person)

    def draft(self, request: Request) -> Response:
        """Save a draft."""
        form = Form.of(request)
        question = self._named(form)
        misfits = tuple(place for place in form.misfits if place < len(question.shown))
        kept = Draft(word=form.word, kind=form.kind, misfits=misfits, at=form.at, page=question.page)
        return JSONResponse({"saved": self.answers.draft(form.person, question.key, kept)})

    def undo(self, request: Request) -> Response:
        """Take the last answer back, and show its question with it."""
        form = Form.of(request)
        key = self.answers.take_back(form.person)
        return self._on(request, form.person, unit="" if key is None else f"{key[0]}:{key[1]}")

    def _named(self, form: Form) -> Question:
        key = _key(form.text("unit"))
        question = None if key is None else self.questions.get(key)
        if question is None:
            raise InputError("this unit is not asked about now; open the page again")
        if form.text("page") != question.page:
            raise InputError("the pictures of this unit have changed; open the page again")
        return question

    def _on(self, request: Request, person: str, **more: str) -> Response:
        address = f"/?{urlencode({'by': person, **{name: value for name, value in more.items() if value}})}"
        if _JSON in request.headers.get("accept", ""):
            return JSONResponse({"next": address})
        return RedirectResponse(address, status_code=303)

    def _refused(self, request: Request, reason: str, status: int) -> Response:
        if _JSON in request.headers.get("accept", ""):
            return JSONResponse({"error": reason}, status_code=status)
        title = "Not saved" if request.method == "POST" else "Not to be shown"
        page = self._page("annotate_refused.html", title=title, reason=reason)
        page.status_code = status
        return page

    def _page(self, template: str, **content: object) -> Response:
        fixed = {"root": "/", "crumbs": [("", "Naming units")], "token": self.answers.token}
        return HTMLResponse(rendered(template, **fixed, **content), headers={"cache-control": "no-store"})


@dataclass(frozen=True)
class Form:
    """Fields that a page has posted.

    Args:
        fields: values by name.
    """

    fields: dict[str, list[str]]

    @classmethod
    def of(cls, request: Request) -> Form:
        """The fields of a request, as the guard has read them."""
        return cls(getattr(request.state, FIELDS))

    def text(self, name: str) -> str:
        """The last value of a field; "" without one."""
        return self.fields.get(name, [""])[-1]

    @property
    def person(self) -> str:
        """Name of who posts."""
        name = tidy(self.text("by"), LONGEST_NAME, "the name")
        if not name:
            raise InputError("the answer does not say whose it is; open the page again")
        return name

    @property
    def word(self) -> str:
        """The word or description."""
        return tidy(self.text("word"), LONGEST_WORD, "the word")

    @property
    def kind(self) -> str:
        """The kind."""
        return tidy(self.text("kind"), LONGEST_WORD, "the kind")

    @property
    def misfits(self) -> tuple[int, ...]:
        """Places of the pictures that do not fit."""
        values = self.fields.get("misfit", [])
        if not all(value.isascii() and value.isdecimal() and len(value) < 4 for value in values):
            raise InputError("a picture is marked that is not on the page; open the page again")
        return tuple(sorted({int(value) for value in values}))

    @property
    def once(self) -> str:
        """Letters that tell this answer from others."""
        return self.text("once")[:64] or secrets.token_hex(8)

    @property
    def at(self) -> int:
        """Milliseconds, by the clock of who posts."""
        text = self.text("at")
        return min(int(text), _LATEST) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _key(text: str) -> Key | None:
    """A unit as an address names it, such as ``"net--conv5:79"``."""
    layer, _, number = text.rpartition(":")
    return (layer, int(number)) if layer and number.isascii() and number.isdecimal() and len(number) < 9 else None
