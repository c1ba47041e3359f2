"""Forms as data: XLSForm to XForm to plan, and the evaluation of a plan. The contract is docs/forms.md. Pure: no
database, no clock, no network."""
