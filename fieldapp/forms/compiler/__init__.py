"""From the XML of an XForm to a plan. Each file looks at one part of the form; `draft` is what they write on.

xmltree ─► instances (questions, lists) ─► body (kinds, controls) ─► own (our columns) ─► expressions, texts ─► finish
"""
