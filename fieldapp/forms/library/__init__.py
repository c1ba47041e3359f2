"""The forms that come with FieldApp, as XLSForm tables beside this file; README.md says how one is written."""

from functools import cache
from pathlib import Path

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform


@cache
def plans() -> dict[str, Plan]:
    """Every form of the library by its id, compiled once per process. Raises FormRefused where one is broken."""
    sources = sorted(path for path in Path(__file__).parent.glob("*.md") if path.name != "README.md")
    compiled = [compile_xlsform(path.read_text("utf-8"), "md") for path in sources]
    return {plan.form_id: plan for plan in compiled}
