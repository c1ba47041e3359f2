"""Letters and papers of a case: what goes into them, what they must hold, and the DOCX they are made with.

    kinds.py         which papers there are, and from which form each is made
    placeholders.py  the names a template may use, with invented data for a preview
    contexts.py      a report's answers -> the values of these names, by an allow-list; what a letter lacks
    shipped.py       the templates that come with the program, built from a few lines of text
    printed.py       a letter as a page of a browser prints it; blanks.py: a form as a sheet to write on
    extracts.py      what another office may be given, and how it is masked
    templates.py     what a county's own template may hold, and filling one in

Pure: no database, no clock. A letter is written in Chinese: it goes to Chinese offices (docs/decisions/0018).
"""
