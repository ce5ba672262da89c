"""The states of the preview: texts that people and programs may send, from ordinary to hostile."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of names, messages and reports. An empty text or None means that nobody gave one."""

    app: str
    project: str
    team: str
    person: str
    message: str
    #: Titles of issues. The first half is new, the second half has regressed.
    reports: tuple[str, ...]
    occurrences: int
    question: str
    answer: str
    job: str
    ended: Literal["completed", "failed", "cancelled"]
    milliseconds: int | None
    error: str
    average: float | None


@dataclass(frozen=True, slots=True)
class State:
    """A state with its name. A `bare` state has a title and no other optional value."""

    key: str
    label: str
    words: Words = field(repr=False)
    bare: bool = False


ORDINARY = Words(
    app="Pocket Atlas for iOS",
    project="Pocket Atlas",
    team="Cartographers",
    person="Mira Okafor",
    message="Offline maps saved our trip through the Dolomites. Could you add contour lines?\nAnd a night mode, please.",
    reports=(
        "Crash when the route crosses the date line",
        "Map tiles stay grey after waking from sleep",
        "Search forgets the last query",
    ),
    occurrences=214,
    question="How likely are you to recommend us?",
    answer="Everything but the battery drain.",
    job="Symbol upload",
    ended="completed",
    milliseconds=125_000,
    error="",
    average=4.52,
)

_SENTENCE = (
    "The route is drawn beside the road, jumps back at each bend, and the voice announces turns that lie behind us. "
)
LONG = Words(
    app="Pocket Atlas for iOS, the edition for expeditions, with offline maps, contour lines and avalanche bulletins",
    project="Everything that has to do with maps, atlases, globes and the software that draws them on small screens",
    team="Cartographers, surveyors and geodesists of the northern, the western and the eastern offices",
    person="Hubert Blaine Wolfeschlegelsteinhausenbergerdorff, Senior",
    message=_SENTENCE * 12,
    reports=tuple(
        f"java.lang.IllegalStateException: Fragment RouteOverviewFragment{{{number:06x}}} not attached to a context"
        " in com.example.atlas.navigation.RouteOverviewFragment.requireContext"
        for number in range(60)
    ),
    occurrences=1_284_000,
    question="If you think back to the last time you planned a journey of several days, what would have helped you most?",
    answer=_SENTENCE * 3,
    job="Symbol upload for all architectures of the last four releases",
    ended="failed",
    milliseconds=3_840_000,
    error="\n".join(f"  at upload (symbols/{'deeply/' * number}archive.zip:{number})" for number in range(1, 16)),
    average=3.99,
)

WORLD = Words(
    app="أطلس الجيب 🗺️",
    project="אטלס כיס 🧭",
    team="فريق الخرائط 🌍",
    person="نور 👩🏽‍🚀",
    message="החיפוש מהיר ונעים 🚀👩‍👩‍👧\nThe second line is English, الثالثة عربية. 🇨🇭🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    reports=("تعطل التطبيق عند فتح الخريطة 🗺️", "קריסה בעת סנכרון the tiles", "地図が表示されない 😱"),
    occurrences=12,
    question="כמה סביר שתמליצו עלינו? 🤔",
    answer="ممتاز 👍🏾",
    job="رفع الرموز 📦",
    ended="cancelled",
    milliseconds=950,
    error="ביטול 🛑",
    average=5.0,
)

SPARSE = Words(
    app="Atlas",
    project="Atlas",
    team="A",
    person="",
    message="",
    reports=("",),
    occurrences=0,
    question="Why?",
    answer="",
    job="",
    ended="failed",
    milliseconds=None,
    error="",
    average=None,
)

_MARKUP = "</td></table><script>alert(1)</script><img src=x onerror=alert(1)>"
HOSTILE = Words(
    app="<b>Bold</b> & \"Sons'",
    project="Atlas\r\nBcc: everybody@example.com",
    team='"><style>body{display:none}</style>',
    person="<a href='javascript:alert(1)'>Click</a>",
    message=f"{_MARKUP}\n{{{{ 7*7 }}}} {{% raw %}} --><!-- ]]> &amp; \\u202e \u202e\x00\x1b[31mred",
    reports=(_MARKUP, "' onmouseover='alert(1)", "<![endif]--><h1>Pay now</h1>"),
    occurrences=1,
    question="<textarea><plaintext>",
    answer="</textarea><iframe src=https://evil.example>",
    job="<marquee>Symbol upload</marquee>",
    ended="failed",
    milliseconds=1_234,
    error=f"Traceback:\n{_MARKUP}",
    average=0.0,
)

STATES = (
    State("ordinary", "Ordinary", ORDINARY),
    State("long", "Long text", LONG),
    State("world", "Emoji and right-to-left", WORLD),
    State("sparse", "Optional facts missing", SPARSE),
    State("bare", "A title alone", ORDINARY, bare=True),
    State("hostile", "Hostile markup", HOSTILE),
)
