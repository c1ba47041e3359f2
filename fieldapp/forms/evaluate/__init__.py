"""One filled-in form: answers, relevance, calculations, problems. The twin of static/js/form/evaluate.js; contract:
docs/forms.md, sections 4, 5 and 7.

Everything is a function of (plan, answers, recorded): the clock is read by the caller, random values are drawn once
per place and recorded.

    record ◄── expressions ◄── choices ◄── compute, problems ◄── view ◄── instance ◄── findings
"""

from fieldapp.forms.evaluate.findings import Finding, findings
from fieldapp.forms.evaluate.instance import Instance, open_instance
from fieldapp.forms.evaluate.record import PathUnknown, Row

__all__ = ["Finding", "Instance", "PathUnknown", "Row", "findings", "open_instance"]
