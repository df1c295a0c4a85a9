"""XML as partners send it: no document type, so there are no entities to expand and nothing outside to fetch."""

from collections.abc import Callable, Mapping, Sequence
from xml.parsers import expat


def walk_xml(
    document: bytes,
    opens: Callable[[Sequence[str], Mapping[str, str]], None],
    closes: Callable[[Sequence[str], str], None],
) -> None:
    """Call ``opens(path, attributes)`` and ``closes(path, text)`` for each element; its own name is the path's last.

    The text is what stands directly before the end of the element, stripped. Raises ValueError for a document type,
    for anything that is no XML, and whatever the calls raise.
    """
    path: list[str] = []
    texts: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        texts.clear()
        opens(path, attributes)

    def end(_name: str) -> None:
        closes(path, "".join(texts).strip())
        path.pop()
        texts.clear()

    def refuse(*_: object) -> None:
        raise ValueError("a document type is not allowed")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError("no XML") from error
