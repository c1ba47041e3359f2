"""Each letter opened by LibreOffice and printed to PDF: what a county's office does with it. Only by `make soak`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from fieldapp.casework.letters import placeholders, shipped, templates
from fieldapp.casework.letters.kinds import PAPERS, Kind

pytestmark = pytest.mark.soak
INSTALL = "apt-get install -y --no-install-recommends libreoffice-writer-nogui poppler-utils fonts-wqy-zenhei"
LIMIT_S = 120


@pytest.fixture(scope="module")
def office() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None or shutil.which("pdftotext") is None:
        pytest.fail(f"letters are looked at by LibreOffice and pdftotext, and one of them is missing: {INSTALL}")
    return found


@pytest.fixture(scope="module")
def printed(office: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a PDF of every letter, made in one start of the program."""
    folder = tmp_path_factory.mktemp("letters")
    for kind in Kind:
        filled = templates.filled(shipped.template_of(kind), placeholders.invented(kind))
        (folder / f"{kind}.docx").write_bytes(filled)
    profile = f"-env:UserInstallation=file://{folder}/profile"  # of its own: another run has the user's
    names = [str(folder / f"{kind}.docx") for kind in Kind]
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *names],
        check=True, capture_output=True, timeout=LIMIT_S,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("kind", Kind)
def test_a_letter_is_one_or_two_pages_with_everything_on_it(kind: Kind, printed: Path) -> None:
    pdf = printed / f"{kind}.pdf"
    ran = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, timeout=LIMIT_S)
    text = ran.stdout.decode()
    told = "".join(text.split())
    assert 1 <= text.count("\f") <= 2
    for name, one in placeholders.placeholders(kind).items():
        said = [column.example for column in one.columns] if one.is_list else [one.example]
        if name in shipped.names_in(kind):
            assert all("".join(example.split()) in told for example in said), name
    assert "（签名" in told or "盖章" in told, f"{PAPERS[kind].title.zh} has no room for a pen"
