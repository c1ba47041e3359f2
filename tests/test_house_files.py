"""What both sides must say alike, what no file of the project may hold, and what the locks must name."""

from __future__ import annotations

import ast
import contextlib
import re
import tomllib
from collections.abc import Iterable, Iterator

from tests import house_reading as house
from tests.house_reading import assert_none

# === What both sides must say alike ===================================================================================


# Where an answer to a phone begins. What these files and the acts below them raise, a phone can meet; the codes of the
# desk's pages it cannot, and carries no sentences for them.
ANSWERS_PHONES = ("fieldapp/web/sync_api.py", "fieldapp/web/phone.py")
FOLLOWED = ("fieldapp/actions/", "fieldapp/crypto/", "sync/")
# Raised there, but only for requests our app never makes; it would say its sentence of unknown_problem.
# The fourth: raised where forms are published, in a file that also hands out plans. The others: where files are opened
# and visits planned at the desk, in a file that also opens the file of a lead.
NOT_ON_THE_PHONE = {"method_not_allowed", "request_malformed", "not_allowed", "form_version_changed"} | {
    "case_needs_person", "name_needed", "visit_dates_reversed", "visit_not_planned", "visit_reason_unknown",
    "visitor_not_in_region", "visitor_not_for_form", "visit_forms_too_many", "visit_needs_form",
    "vault_state_changed",
    "conflict_of_interest", "consent_withdrawn", "rights_alert_open", "team_dates_wrong", "visit_not_then",
    # Who works with a family is decided at the desk, and what screening points to is answered there.
    "import_gone", "own_record", "say_why", "screening_changed", "screening_needs_reason", "text_too_long",
    "woman_worker_needed",
    "key_care_day_over", "key_care_listed", "key_care_needs_words", "officer_not_named", "reason_needed",
}  # fmt: skip


def _raised_towards_phones() -> set[str]:
    """Codes raised in the files that answer phones, and in the acts and the protocol those import, however deep."""
    ours = set(house.our_files())
    waiting, seen = [path for path in ANSWERS_PHONES if path in ours], set[str]()
    codes = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        source = house.read(path)
        codes |= _raised(source)
        for found in house.python_imports(source):
            modules = [found.module, *(f"{found.module}.{name}" for name in found.names)]
            files = [module.replace(".", "/") + ".py" for module in modules]
            waiting += [file for file in files if file in ours and file.startswith(FOLLOWED)]
    return codes


def _raised(source: str) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    first = [call.args[0] for call in calls if ast.unparse(call.func).rpartition(".")[2] == "Problem"]
    return {
        argument.value for argument in first if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _python_codes(source: str) -> set[str]:
    """Codes of a file of fieldapp/errors: the keys of its registry, whose values are calls of ProblemText."""
    codes = set()
    for node in ast.walk(ast.parse(source)):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(value, ast.Call) and "Problem" in ast.unparse(value.func):
                codes.add(str(key.value))
    return codes


# Sentences that few phones need, or that come with the first photo.
SENTENCES = ("static/js/errors.js", "static/js/more/errors.js", "static/js/more/errors-files.js")


def _script_codes() -> set[str]:
    """Codes the phone has sentences for: the keys of their tables."""
    source = "\n".join(house.without_comments(house.read(path)) for path in SENTENCES)
    return set(re.findall(r"^\s+[\"']?([a-z][a-z0-9_]+)[\"']?:\s*[\[{]", source, re.MULTILINE))


def test_the_phone_has_a_sentence_for_every_refusal_it_can_meet():
    server = {code for path in house.python_files("fieldapp/errors") for code in _python_codes(house.read(path))}
    phone = _script_codes()
    assert server, "no code was read from fieldapp/errors: has its form changed?"
    assert phone, "no code was read from static/js/errors.js: has its form changed?"
    missing = (_raised_towards_phones() & server) - phone - NOT_ON_THE_PHONE
    assert_none(f"static/js/errors.js has no sentence for {code}" for code in sorted(missing))
    if "static/js/main.js" not in house.our_files():
        return
    # The phone has refusals of its own (no_network, wrong_secret). A sentence that nobody can cause is a leftover.
    others = [path for path in house.scripts("static/js") if path not in SENTENCES] + house.python_files("sync")
    said = {word for path in others for word in re.findall(r"[\"'`]([a-z][a-z0-9_]+)[\"'`]", house.read(path))}
    assert_none(f"static/js/errors.js explains {code}, which nobody says" for code in sorted(phone - server - said))


def test_limits_of_the_wire_are_equal_on_both_sides():
    if not {"sync/wire.py", "static/js/limits.js"} <= set(house.our_files()):
        return
    wire = {name: value for path in house.python_files("sync") for name, value in _constants(house.read(path)).items()}
    limits = house.read("static/js/limits.js") + house.read("static/js/more/file-limits.js")
    marked = re.findall(r"^export const (\w+) = ([\d_+* ]+); // wire", limits, re.MULTILINE)
    assert marked, "no limit was read from static/js/limits.js: has its form changed?"
    assert_none(
        f"{name}: the phone says {value}, sync says {wire.get(name)}"
        for name, value in marked
        if wire.get(name) != _number(value)
    )


def test_a_file_may_be_equally_long_on_both_sides():
    from sync.uploads import FILE_BYTES_MAX

    table = house.read("static/js/more/file-limits.js").partition("FILE_BYTES_MAX = ")[2].partition("});")[0]
    assert {kind: _number(text) for kind, text in re.findall(r"(\w+): ([\d_* ]+),", table)} == FILE_BYTES_MAX


def _constants(source: str) -> dict[str, int]:
    found = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None and re.fullmatch(r"[\d_+* ()]+", ast.unparse(value)):
            found[target.id] = _number(ast.unparse(value))
    return found


def _number(text: str) -> int:
    assert re.fullmatch(r"[\d_+* ()]+", text)
    return sum(_product(part) for part in text.replace("(", "").replace(")", "").split("+"))


def _product(text: str) -> int:
    result = 1
    for factor in text.split("*"):
        result *= int(factor)
    return result


# === What no file of the project may hold =============================================================================

# Pieces, so that this file does not hold what it looks for.
REGISTRIES = (
    "registry." + "npmjs",
    "pypi" + ".org",
    "files." + "pythonhosted",
    "npm" + "mirror",
    "registry." + "yarnpkg",
    "tuna." + "tsinghua",
    "deb." + "debian",
)
PATHS_OF_A_MACHINE = ("/wo" + "rk/", "/ro" + "ot/.", "/home/" + "user")


def _texts() -> Iterator[tuple[str, str]]:
    """(path, text) of every file of ours that is text; what others wrote (static/vendor) names their own homes."""
    for path in house.our_files():
        if not path.startswith("static/vendor/"):
            with contextlib.suppress(UnicodeDecodeError):
                yield path, house.read(path)


def test_no_file_names_a_registry_or_a_path_of_a_machine():
    wrong = REGISTRIES + PATHS_OF_A_MACHINE
    assert_none(f"{path}: {word}" for path, text in _texts() for word in wrong if word in text)


def test_no_file_holds_a_telephone_or_identity_number_that_could_be_somebodys():
    for path, text in _texts():
        if path.endswith(("package-lock.json", ".lock")):
            continue
        phones = re.findall(r"(?<![\w.])1[3-9]\d{9}(?![\w.])", text)
        people = re.findall(r"(?<!\w)[1-9]\d{16}[\dXx](?!\w)", text)
        real = [*filter(_could_be_a_phone, phones), *filter(_could_be_a_person, people)]
        assert not real, f"{path}: {real}: use 1990000xxxx, and a region that does not exist"


def test_a_number_that_could_be_somebodys_is_seen():
    # In two pieces, so that this file holds none.
    assert _could_be_a_phone("138" + "12345678") and not _could_be_a_phone("19900001234")
    endings = [f"1990030777{digit}{check}" for digit in range(10) for check in "0123456789X"]
    assert sum(_could_be_a_person("110101" + ending) for ending in endings) == 10
    assert not any(_could_be_a_person("990101" + ending) for ending in endings)


def _could_be_a_phone(number: str) -> bool:
    return not number.startswith("1990000")


def _could_be_a_person(number: str) -> bool:
    """A GB 11643 number with a true checksum, a possible birthday and a prefix of a province that exists."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    checksum = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11]
    return (
        checksum == number[17].upper()
        and 11 <= int(number[:2]) <= 82
        and 1900 <= int(number[6:10]) <= 2030
        and 1 <= int(number[10:12]) <= 12
        and 1 <= int(number[12:14]) <= 31
    )


def test_no_test_sleeps_or_tries_again():
    sleeping = re.compile(r"\btime\.sleep\(|\bwait_for_timeout\(|\bflaky\b|\breruns?=")
    tests = [path for path in house.python_files("tests") if not path.startswith("tests/test_house")]
    assert_none(f"{path}: {m.group()}" for path in tests for m in [sleeping.search(house.read(path))] if m)


def test_no_file_has_outgrown_a_reader():
    # 50 to 150 lines is usual; scripts/check lists what is over 400. Beyond 1,000 nobody reads it in one go.
    ours = house.python_files("fieldapp", "sync") + house.scripts("static/")
    ours = [path for path in ours if "/migrations/" not in path]
    assert_none(f"{path}: {n} lines" for path in ours if (n := house.read(path).count("\n")) > 1000)


def test_the_map_of_the_readme_shows_every_folder():
    the_map = house.read("README.md").partition("## The map")[2].partition("Imports point one way")[0]
    folders = {path.partition("/")[0] for path in house.our_files() if "/" in path and not path.startswith(".")}
    assert_none(f"README.md: {folder}/ is not on the map" for folder in sorted(folders) if f"{folder}/" not in the_map)


# === Locks ============================================================================================================


def test_vendored_files_have_the_bytes_of_their_lock():
    from scripts import vendor

    assert_none(vendor.problems())


def test_every_locked_package_has_a_hash_and_no_address():
    for path in ("requirements.lock", "requirements-dev.lock"):
        text = house.read(path)
        hashes = r"((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
        pins = re.findall(rf"^([a-z0-9-]+)==[^\n]*\\\n{hashes}", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"^\w", text, re.MULTILINE)) > 30
        assert "://" not in text and "-index-url" not in text
    assert "resolved" not in house.read("package-lock.json")


def test_the_project_and_its_lock_name_the_same_packages():
    named = tomllib.loads(house.read("pyproject.toml"))["project"]["dependencies"]
    wanted = [line for line in house.read("requirements.in").splitlines() if line and not line.startswith("#")]
    assert _names(named) == _names(wanted)
    locked = _names(re.findall(r"^\w[^ \n]*", house.read("requirements.lock"), re.MULTILINE))
    assert _names(wanted) <= locked <= _names(re.findall(r"^\w[^ \n]*", house.read("requirements-dev.lock"), re.M))


def _names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ]", requirement)[0] for requirement in requirements}
