"""What an instance is told and does not compute: the moment, the zone, draws, who fills it in. All of it is recorded,
so that the server replays what the phone computed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fieldapp.forms import checks, dates
from fieldapp.forms.dates import DateText
from fieldapp.forms.plan import Plan

ME = ("username", "deviceid")


@dataclass
class Surroundings:
    now_ms: int
    zone: str
    language: str
    random: Callable[[], float] | None
    new_id: Callable[[], str] | None
    started: int
    ended: int | None = None
    me: dict[str, str] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    last_saved: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)

    def now(self) -> DateText:
        return dates.now_text(self.now_ms, self.zone)

    def today(self) -> DateText:
        return DateText(self.now()[:10])

    def preloaded(self, name: str) -> str:
        """The value of a `preload` node; blank where it is not known."""
        if name == "end":
            return "" if self.ended is None else dates.now_text(self.ended, self.zone)
        if name in ("start", "today"):
            return dates.now_text(self.started, self.zone)[: 10 if name == "today" else None]
        return self.me.get(name, "")

    def draw(self, name: str, place: str) -> str:
        """Drawn once for each place; blank where nothing can be drawn."""
        if place not in self.drawn:
            if self.random is None:
                return ""
            self.drawn[place] = _uuid(self.random) if name == "uuid" else f"0.{int(self.random() * 10**9):09d}"
        return self.drawn[place]

    def recorded(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "started": self.started,
            "language": self.language,
            "zone": self.zone,
            "now": self.now_ms,
            "random": [[place, text] for place, text in self.drawn.items()],
        }
        more = {"me": self.me, "ended": self.ended, "off": list(self.off), "last_saved": self.last_saved}
        return found | {key: value for key, value in more.items() if value not in (None, {}, [])}


def of_plan(
    plan: Plan,
    now_ms: int,
    zone: str,
    language: str,
    random: Callable[[], float] | None,
    new_id: Callable[[], str] | None,
    recorded: dict[str, Any],
    me: dict[str, str] | None = None,
    off: Iterable[str] | None = None,
    last_saved: dict[str, Any] | None = None,
) -> Surroundings:
    """What a given `recorded` holds wins over the arguments, `off` excepted; only what the plan reads is kept.

    `recorded` came from a phone: what is of another type than it should be is as if it were not there.
    """
    recorded = readable(recorded)
    preloads = {node.get("preload") for node in plan.nodes}
    policies = {checks.policy_of(node) for node in plan.nodes}
    me = recorded.get("me") or me or {}
    switched_off = recorded.get("off", ()) if off is None else off
    return Surroundings(
        now_ms=now_ms,
        zone=zone,
        language=language,
        random=random,
        new_id=new_id,
        started=recorded.get("started", now_ms),
        ended=recorded.get("ended") if "end" in preloads else None,
        me={key: me[key] for key in ME if key in preloads and me.get(key)},
        off=tuple(policy for policy in checks.POLICIES if policy in switched_off and policy in policies),
        last_saved=(recorded.get("last_saved") or last_saved or {}) if plan.json.get("last_saved") else {},
        drawn=dict(recorded.get("random", [])),
    )


def readable(recorded: dict[str, Any]) -> dict[str, Any]:
    """The parts of a record's `recorded` that are of their type."""
    me, off, random = recorded.get("me"), recorded.get("off"), recorded.get("random")
    found = {key: recorded[key] for key in ("now", "started", "ended") if type(recorded.get(key)) is int}
    if isinstance(recorded.get("zone"), str) and dates.is_zone(recorded["zone"]):
        found["zone"] = recorded["zone"]
    if isinstance(me, dict):
        found["me"] = {key: value for key, value in me.items() if isinstance(value, str)}
    if isinstance(off, list):
        found["off"] = [policy for policy in off if isinstance(policy, str)]
    if isinstance(recorded.get("last_saved"), dict):
        found["last_saved"] = recorded["last_saved"]
    if isinstance(random, list):
        found["random"] = [pair for pair in random if _is_draw(pair)]
    return found


def _is_draw(pair: Any) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(text, str) for text in pair)


def _uuid(random: Callable[[], float]) -> str:
    """A version 4 UUID from 16 draws."""
    octets = [int(random() * 256) for _ in range(16)]
    octets[6], octets[8] = octets[6] & 0x0F | 0x40, octets[8] & 0x3F | 0x80
    digits = bytes(octets).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
