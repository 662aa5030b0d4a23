"""cases.txt -> answers.json: for each case its text, and the content that Python-Markdown makes of it.

An answer is the page's content in order:
    "words and words"                            text, white space collapsed
    {"code": ..., "title": ..., "lines": [...], "notes": [[number, text], ...]}
    {"tabs": [{"title": ..., "selected": ..., "holds": [...]}, ...]}
    {"admonition": type, "title": ..., "open": true, false or null, "holds": [...]}
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import markdown

FOLDER = Path(__file__).parent
EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "pymdownx.tabbed",
]
SETTINGS = {"pymdownx.tabbed": {"alternate_style": True}}


# The corpus.

def indented(text, indent="    "):
    return "".join(indent + line if line.strip() else line for line in text.splitlines(True))


def quoted(text):
    return "".join("> " + line if line.strip() else ">" + line for line in text.splitlines(True))


def with_tabs(text):
    def tabs(line):
        columns = len(line) - len(line.lstrip(" "))
        return "\t" * (columns // 4) + " " * (columns % 4) + line.lstrip(" ")
    return "".join(map(tabs, text.splitlines(True)))


CONTEXTS = {
    "alone": lambda text: text,
    "in a tab": lambda text: '=== "Outer"\n\n' + indented(text) + '\n=== "Next"\n\n    Next.\n',
    "in an admonition": lambda text: '!!! tip "Outer"\n\n' + indented(text),
    "in a folded one": lambda text: '??? tip "Outer"\n' + indented(text) + "\nBehind.\n",
    "in a quotation": lambda text: quoted(text) + "\nBehind.\n",
    "in a list": lambda text: "- item\n\n" + indented(text) + "\n- next\n",
    "in a numbered list": lambda text: "1. item\n\n" + indented(text),
    "three deep": lambda text: '=== "One"\n\n'
    + indented('!!! note "Two"\n\n' + indented('=== "Three"\n\n' + indented(text))),
    "with CRLF": lambda text: text.replace("\n", "\r\n"),
    "indented by tabs": lambda text: with_tabs('=== "Outer"\n\n' + indented(text)),
}


def cases():
    """Each case begins with `%% name`, or with `%%* name` to be in every context; `%%! context: why`
    gives the reason of an intended difference in a context, with `*` for every context."""
    for part in re.split(r"^%%(?=\*? )", (FOLDER / "cases.txt").read_text(), flags=re.M)[1:]:
        head, _, text = part.partition("\n")
        everywhere, name = head.startswith("*"), head.lstrip("* ")
        reasons = {}
        while text.startswith("%%! "):
            line, _, text = text.partition("\n")
            context, _, why = line[4:].partition(": ")
            reasons[context] = why
        text = text.strip("\n") + "\n"
        # Editors and diffs would not show these characters.
        text = text.replace("<TAB>", "\t").replace("<SPACE>", " ")
        for context in CONTEXTS if everywhere else ["alone"]:
            yield {
                "name": f"{name}, {context}" if everywhere else name,
                "text": CONTEXTS[context](text),
                "differs": reasons.get(context, reasons.get("*")),
            }


# The page as a tree.

class Tree(HTMLParser):
    VOID = {"area", "br", "hr", "img", "input", "link", "meta", "wbr"}

    def __init__(self, html):
        super().__init__()
        self.root = Node("root", {})
        self.path = [self.root]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        node = Node(tag, dict(attributes))
        self.path[-1].children.append(node)
        if tag not in self.VOID:
            self.path.append(node)

    def handle_startendtag(self, tag, attributes):
        self.path[-1].children.append(Node(tag, dict(attributes)))

    def handle_endtag(self, tag):
        names = [node.tag for node in self.path]
        if tag in names[1:]:
            del self.path[len(names) - 1 - names[::-1].index(tag):]

    def handle_data(self, data):
        self.path[-1].children.append(data)


class Node:
    def __init__(self, tag, attributes):
        self.tag, self.attributes, self.children = tag, attributes, []
        self.classes = (attributes.get("class") or "").split()

    def elements(self):
        return [child for child in self.children if isinstance(child, Node)]

    def text(self):
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)

    def find(self, wanted):
        for child in self.elements():
            if wanted(child):
                yield child
            yield from child.find(wanted)


def words(text):
    return " ".join(text.split())


def holds(nodes):
    """The content of these nodes; neighboring texts are joined."""
    found = []
    for at, node in enumerate(nodes):
        following = [after for after in nodes[at + 1:] if isinstance(after, Node)]
        for item in [node] if isinstance(node, str) else finding(node, following):
            if isinstance(item, str) and found and isinstance(found[-1], str):
                found[-1] += " " + item
            else:
                found.append(item)
    found = [words(item) if isinstance(item, str) else item for item in found]
    return [item for item in found if item != ""]


def finding(node, following):
    if "tabbed-set" in node.classes:
        return [tab_set(node)]
    if "admonition" in node.classes:
        return [admonition(node, [c for c in node.classes if c != "admonition"], None, "p")]
    if node.tag == "details":
        return [admonition(node, node.classes, "open" in node.attributes, "summary")]
    if "highlight" in node.classes and node.tag == "div":
        return [code(node, following)]
    if node.tag == "pre":
        return [{"code": node.text()}]
    if node.tag in ("p", "li", "div", "blockquote", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4"):
        return [" ", *holds(node.children), " "]
    return [node.text()]


def tab_set(node):
    inputs = [child for child in node.elements() if child.tag == "input"]
    labels, content = [child for child in node.elements() if child.tag == "div"]
    return {
        "tabs": [
            {
                "title": words(label.text()),
                "selected": "checked" in input.attributes,
                "holds": holds(block.children),
            }
            for input, label, block in zip(inputs, labels.elements(), content.elements())
        ]
    }


def admonition(node, classes, is_open, title_tag):
    children = list(node.children)
    title = None
    first = next((child for child in children if isinstance(child, Node)), None)
    if first and first.tag == title_tag and (title_tag == "summary" or "admonition-title" in first.classes):
        title = words(first.text())
        children.remove(first)
    return {
        "admonition": classes[0] if classes else "",
        "title": title,
        "open": is_open,
        "holds": holds(children),
    }


def code(node, following):
    notes = annotations(node, following)
    found = {"code": next(node.find(lambda n: n.tag == "code")).text()}
    title = next(node.find(lambda n: "filename" in n.classes), None)
    if title:
        found["title"] = title.text()
    lines = [line.text() for line in node.find(lambda n: "hll" in n.classes)]
    if lines:
        found["lines"] = "".join(lines)
    if notes:
        found["notes"] = notes
    return found


def annotations(node, following):
    """The annotations as the script of Material for MkDocs makes them (components/content/annotation and content/code):
    the list is the next element, ignoring paragraphs without elements; the markers are in the text of
    comments; each is removed from the code, one with an exclamation mark together with the rest of its
    comment."""
    while following and following[0].tag == "p" and not following[0].elements():
        following = following[1:]
    if not following or following[0].tag != "ol":
        return []
    items = following[0].elements()
    notes = []
    for comment in node.find(lambda n: n.tag == "span" and {"c", "c1", "cm"} & set(n.classes)):
        rest, kept = comment.text(), ""
        while match := re.search(r"\((\d+)\)(!)?", rest):
            number = int(match[1])
            if 1 <= number <= len(items):
                notes.append([number, words(items[number - 1].text())])
            else:
                kept += match[0]
            kept += "" if match[2] else rest[: match.start()]
            rest = "" if match[2] else rest[match.end() :]
        comment.children = [kept + rest]
    return notes


def answer(text):
    html = markdown.markdown(text, extensions=EXTENSIONS, extension_configs=SETTINGS)
    return holds(Tree(html).root.children)


answers = [{**case, "answer": answer(case["text"])} for case in cases()]
lines = ",\n".join(json.dumps(answer, ensure_ascii=False) for answer in answers)
(FOLDER / "answers.json").write_text(f"[\n{lines}\n]\n")
print(f"{len(answers)} cases")
