// Lines of code that stand out or have a number, and markers that become links to their notes.

// Puts each line of code into an element of its own; elements that reach over a line's end are
// taken apart. The text stays the same.
function splitLines(code) {
    const lines = [];
    let path = [];
    function newLine() {
        let parent = document.createElement("span");
        parent.className = "transcript-line";
        lines.push(parent);
        path = [parent].concat(
            path.slice(1).map((element) => {
                const again = element.cloneNode(false);
                parent.append(again);
                parent = again;
                return again;
            }),
        );
    }
    function take(node) {
        for (const child of node.childNodes) {
            if (child.nodeType === Node.TEXT_NODE) {
                child.data.split("\n").forEach((part, at) => {
                    if (at > 0) {
                        path.at(-1).append("\n");
                        newLine();
                    }
                    path.at(-1).append(part);
                });
            } else {
                const copy = child.cloneNode(false);
                path.at(-1).append(copy);
                path.push(copy);
                take(child);
                path.pop();
            }
        }
    }
    newLine();
    take(code);
    if (lines.at(-1).textContent === "") {
        lines.pop();
    }
    code.replaceChildren(...lines);
    code.classList.add("transcript-lines");
    return lines;
}

// What mdBook puts around code without a `main`, behind its attributes, does not count.
function ownLines(lines) {
    const isWrapped = lines[0]?.textContent === "#![allow(unused)]\n";
    const main = lines.findIndex((line) => line.textContent === "fn main() {\n");
    if (!isWrapped || main < 0) {
        return lines;
    }
    return lines.filter((_, at) => at > 0 && at !== main && at < lines.length - 1);
}

function number(listing, code) {
    const first = listing.dataset.first;
    const ranges = (listing.dataset.lines ?? "").split(" ").filter(Boolean);
    if (first === undefined && ranges.length === 0) {
        return;
    }
    const lines = ownLines(splitLines(code));
    const last = String(Number(first) + lines.length - 1);
    code.style.setProperty("--transcript-digits", `${last.length}ch`);
    lines.forEach((line, at) => {
        if (first !== undefined) {
            line.dataset.number = Number(first) + at;
        }
        const stands = ranges.some((range) => {
            const [from, to] = range.split("-").map(Number);
            return from <= at + 1 && at + 1 <= to;
        });
        line.classList.toggle("stands-out", stands);
    });
}

// The characters of an element's text as a range.
function rangeOf(element, start, end) {
    const range = document.createRange();
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let at = 0;
    let begun = false;
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!begun && start < at + node.length) {
            range.setStart(node, start - at);
            begun = true;
        }
        if (begun && end <= at + node.length) {
            range.setEnd(node, end - at);
            break;
        }
        at += node.length;
    }
    return range;
}

// The marker `(1)` becomes a badge that leads to the first note. Its number is in no text: neither
// copying nor running takes it along.
function annotate(listing, code) {
    const list = [...listing.children].find((child) => child.matches("ol"));
    if (!listing.dataset.markers || !list) {
        return;
    }
    const text = code.textContent;
    const ofLine = new Map();
    const found = [...text.matchAll(/\([0-9]+\)/g)];
    for (const marker of listing.dataset.markers.split(" ").reverse()) {
        const [item, occurrence, before, behind] = marker.split(":").map(Number);
        const note = list.children[item - 1];
        const match = found[occurrence];
        if (!note || match?.[0] !== `(${item})`) {
            continue;
        }
        note.id ||= `${listing.id}-note-${item}`;
        const badge = document.createElement("a");
        badge.className = "transcript-marker";
        badge.href = `#${note.id}`;
        badge.dataset.n = item;
        badge.setAttribute("aria-label", `Note ${item}`);
        const line = text.slice(0, match.index).split("\n").length;
        badge.style.setProperty("--transcript-after", ofLine.get(line) ?? 0);
        ofLine.set(line, (ofLine.get(line) ?? 0) + 1);
        const above = rangeOf(code, 0, match.index).cloneContents();
        above.querySelectorAll(".boring").forEach((hidden) => hidden.remove());
        badge.classList.toggle("transcript-first", !above.textContent.includes("\n"));
        const end = match.index + match[0].length + behind;
        const range = rangeOf(code, match.index - before, end);
        range.deleteContents();
        range.insertNode(badge);
    }
    listing.classList.add("transcript-annotated");
}
