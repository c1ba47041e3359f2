"""XML read within bounds: no DTD, no entities, a counted number of elements, a bounded depth."""

from xml.etree import ElementTree
from xml.parsers import expat

from fieldapp.forms.limits import XML_ATTRIBUTES_MAX, XML_CHARACTERS_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX, Budget
from fieldapp.forms.refusals import FormRefused, refusal

XF = "{http://www.w3.org/2002/xforms}"
XH = "{http://www.w3.org/1999/xhtml}"
JR = "{http://openrosa.org/javarosa}"
ODK = "{http://www.opendatakit.org/xforms}"
ORX = "{http://openrosa.org/xforms}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
FA = "{urn:fieldapp:form:1}"
PREFIXES = {JR: "jr:", ODK: "odk:", ORX: "orx:", ENTITIES: "entities:", FA: "fa:", XH: "h:", XF: ""}

Element = ElementTree.Element


def parse(xml: str | bytes, budget: Budget) -> Element:
    """The tree. Raises FormRefused `doctype` before anything is expanded, `limit`, `xml`."""
    if len(xml) > XML_CHARACTERS_MAX:
        raise FormRefused([refusal("limit", "XML")])
    target = ElementTree.TreeBuilder()
    # What is text already is not read again by what its first line claims.
    parser = expat.ParserCreate("utf-8" if isinstance(xml, str) else None, namespace_separator="}")
    depth = elements = 0

    def refuse(*_: object) -> None:
        raise FormRefused([refusal("doctype", "")])

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        budget.spend(1 + len(attributes))
        if depth > XML_DEPTH_MAX or elements > XML_ELEMENTS_MAX or len(attributes) > XML_ATTRIBUTES_MAX:
            raise FormRefused([refusal("limit", "XML 深度、元素或属性过多 / depth, elements, attributes")])
        target.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        target.end(_named(name))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = target.data
    parser.buffer_text = True
    try:
        parser.Parse(xml.encode() if isinstance(xml, str) else xml, True)
        return target.close()
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, FormRefused):
            raise
        raise FormRefused([refusal("xml", str(error))]) from error


def local(name: "Element | str") -> str:
    """The name without its namespace."""
    tag = name if isinstance(name, str) else name.tag
    return tag.rpartition("}")[2]


def shown(name: str) -> str:
    """A name as an author writes it: `jr:count`."""
    namespace, brace, rest = name.rpartition("}")
    return PREFIXES.get(namespace + brace, "") + rest


def _named(name: str) -> str:
    return "{" + name if "}" in name else name
