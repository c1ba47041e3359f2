"""JavaRosa, the engine of ODK Collect, out of the jar that lies in the pyxform wheel; Referee.java drives it."""

import base64
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree import ElementTree

from pyxform.xls2xform import convert

HERE = Path(__file__).parent
BUILT = HERE.parents[2] / ".cache" / "judges"
JAVA = "apt-get install -y --no-install-recommends default-jdk-headless"
ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Value:
    """Of one node: `constraint` is None where the value is blank, so that none is asked."""

    relevant: bool
    constraint: bool | None
    text: str


_JR = "http://openrosa.org/javarosa"
_NAMESPACES = {
    "": "http://www.w3.org/2002/xforms",
    "h": "http://www.w3.org/1999/xhtml",
    "jr": _JR,
    "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
    "fa": "urn:fieldapp:form:1",
}
State = dict[str, Value]  # by place: /data/members[2]/name[1]


class Refused(Exception):
    """What JavaRosa says instead of opening the form or doing the step."""


class Referee:
    """A context manager around one Java process; one form at a time is open in it."""

    def __enter__(self) -> Self:
        if not (shutil.which("javac") and shutil.which("java")):
            raise RuntimeError(f"JavaRosa needs Java: {JAVA}")
        jar = str(resources.files("pyxform") / "validators/odk_validate/bin/ODK_Validate.jar")
        BUILT.mkdir(parents=True, exist_ok=True)
        subprocess.run(["javac", "-cp", jar, "-d", str(BUILT), str(HERE / "Referee.java")], check=True)
        self._process = subprocess.Popen(
            ["java", f"-Duser.timezone={ZONE}", "-Duser.language=zh", "-cp", f"{jar}:{BUILT}", "Referee"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def open(self, xml: str) -> State:
        """A new record of this form. Raises Refused."""
        return self._ask("FORM", _encoded(xml))

    def set(self, place: str, text: str) -> State:
        return self._ask("SET", place, _encoded(text))

    def add(self, place: str) -> State:
        """One more row of a repeat; `place` is the one it will have."""
        return self._ask("ADD", place)

    def evaluate(self, place: str, expression: str) -> str:
        """The text of an expression's value, standing on the node at this place. Raises Refused."""
        self._ask("EVAL", place, _encoded(expression))
        return self._value

    def _ask(self, *words: str) -> State:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        found: State = {}
        for line in self._process.stdout:
            told = line.rstrip("\n").split(" ")
            if told[0] in ("REFUSED", "FAILED"):
                raise Refused(_decoded(told[1]))
            if told[0] == "VALUE":
                self._value = _decoded(told[1])
            if told[0] in ("DONE", "VALUE"):
                return found
            if told[0] == "NODE":
                constraint = None if told[3] == "-" else told[3] == "1"
                found[told[1]] = Value(told[2] == "1", constraint, _decoded(told[4]))
        raise RuntimeError("the Java process ended")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def xform(source: str) -> str:
    """What pyxform makes of an XLSForm in Markdown, without the first row that each repeat has from the start there:
    our repeats begin with none.
    """
    for prefix, address in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, address)
    root = ElementTree.fromstring(convert(source, file_type=".md", validate=False).xform)
    for parent in root.iter():
        templates = {child.tag for child in parent if f"{{{_JR}}}template" in child.attrib}
        for child in list(parent):
            if child.tag in templates and f"{{{_JR}}}template" not in child.attrib:
                parent.remove(child)
    return ElementTree.tostring(root, encoding="unicode")
