// mdbook-transcript: tabs, markers in code, and a run's times and replay.
(() => {
"use strict";
// What a reader has chosen, on later pages too. A browser may refuse its storage; then nothing is remembered.
function remember(key, value) {
    try {
        localStorage.setItem(key, value);
    } catch {}
}
function remembered(key) {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}
// Labelled sections become tabs, after the WAI-ARIA Authoring Practices.
const tabKey = "transcript-tab";
let sets = 0;

// Code that scrolls can be reached without a mouse.
function letScroll(part) {
    for (const code of part.querySelectorAll("pre > code:not([tabindex])")) {
        if (code.scrollWidth > code.clientWidth && !code.closest("[tabindex]")) {
            code.tabIndex = 0;
        }
    }
}

function upgrade(set) {
    const panels = [...set.children].filter((child) => child.matches(".transcript-tab"));
    const list = document.createElement("div");
    list.className = "transcript-tablist";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", panels.map((panel) => panel.dataset.label).join(", "));
    const number = ++sets;
    const tabs = panels.map((panel, at) => {
        // print.html renames ids; what refers to them is made here, from what they are now.
        panel.id ||= `transcript-panel-${number}-${at}`;
        const tab = document.createElement("button");
        tab.type = "button";
        tab.id = `${panel.id}-tab`;
        tab.textContent = panel.dataset.label;
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        list.append(tab);
        return tab;
    });

    function select(chosen) {
        tabs.forEach((tab, at) => {
            const selected = tab === chosen;
            tab.setAttribute("aria-selected", String(selected));
            tab.tabIndex = selected ? 0 : -1;
            // Found by the browser's search on the page, where it knows "until-found".
            if (selected) {
                panels[at].removeAttribute("hidden");
                letScroll(panels[at]);
            } else {
                panels[at].setAttribute("hidden", "until-found");
            }
        });
    }

    // The reader's choice holds for every set that has such a tab, here and on later pages. What
    // was chosen stays where it is on the screen.
    function choose(tab) {
        const top = tab.getBoundingClientRect().top;
        select(tab);
        tab.scrollIntoView({ block: "nearest", inline: "nearest" });
        remember(tabKey, tab.textContent);
        for (const other of document.querySelectorAll(".transcript-ready")) {
            other.transcriptFollow?.(tab.textContent);
        }
        window.scrollBy(0, tab.getBoundingClientRect().top - top);
    }
    function follow(label) {
        const tab = tabs.find((tab) => tab.textContent === label);
        if (tab) {
            select(tab);
        }
    }

    tabs.forEach((tab, at) => {
        tab.addEventListener("click", () => choose(tab));
        panels[at].addEventListener("beforematch", () => select(tab));
    });
    list.addEventListener("keydown", (event) => {
        const at = tabs.indexOf(document.activeElement);
        const last = tabs.length - 1;
        const next = {
            ArrowRight: at === last ? 0 : at + 1,
            ArrowLeft: at === 0 ? last : at - 1,
            Home: 0,
            End: last,
        }[event.key];
        if (at < 0 || next === undefined || event.ctrlKey || event.altKey || event.metaKey) {
            return;
        }
        // mdBook turns the page on Left and Right.
        event.preventDefault();
        event.stopPropagation();
        tabs[next].focus();
        choose(tabs[next]);
    });

    set.prepend(list);
    set.classList.add("transcript-ready");
    const first = panels.findIndex((panel) => panel.hasAttribute("data-selected"));
    select(tabs[Math.max(first, 0)]);
    follow(remembered(tabKey));
    set.transcriptFollow = follow;
    set.transcriptSelect = (panel) => select(tabs[panels.indexOf(panel)]);
}
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
    const found = [...code.textContent.matchAll(/\([0-9]+\)/g)];
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
        const end = match.index + match[0].length + behind;
        const range = rangeOf(code, match.index - before, end);
        range.deleteContents();
        range.insertNode(badge);
    }
    listing.classList.add("transcript-annotated");
}
// When each line came, for those who ask.
function offerTimes(figure) {
    const lines = figure.querySelectorAll(".line[data-t]");
    const caption = figure.querySelector("figcaption");
    if (lines.length === 0 || !caption) {
        return;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "transcript-times";
    button.textContent = "Times";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
        const timed = figure.classList.toggle("transcript-timed");
        button.setAttribute("aria-pressed", String(timed));
    });
    caption.append(button);
}
// What is done with the page, now and when it is complete.

// Opens every tab and admonition that hides an element; says whether there was one.
function open(element) {
    const hides = ".transcript-tab, details";
    let found = false;
    for (let at = element.closest(hides); at; at = at.parentElement.closest(hides)) {
        found ||= at.hasAttribute("hidden") || at.open === false;
        if (at.matches("details")) {
            at.open = true;
        } else {
            at.parentElement.transcriptSelect?.(at);
        }
    }
    return found;
}

// What the address names, and what mdBook's search has marked on the page.
function reveal() {
    let id = location.hash.slice(1);
    try {
        id = decodeURIComponent(id);
    } catch {}
    const target = id && document.getElementById(id);
    if (target && open(target)) {
        target.scrollIntoView();
    }
    document.querySelectorAll("mark[data-markjs]").forEach(open);
}

// Each element once: print.html holds every chapter and, inline, this script once for each.
function each(selector, change) {
    for (const element of document.querySelectorAll(selector)) {
        if (!element.transcriptDone) {
            element.transcriptDone = true;
            change(element);
        }
    }
}

each(".transcript-tabs", upgrade);
each(".transcript-run", offerTimes);
if (!window.transcriptWaits) {
    window.transcriptWaits = true;
    window.addEventListener("hashchange", reveal);
    window.addEventListener("load", () => {
        // By now mdBook's own script has coloured the code.
        each(".transcript-listing", (listing) => {
            const code = listing.querySelector("pre > code");
            if (code && !code.classList.contains("editable")) {
                number(listing, code);
                annotate(listing, code);
            }
            letScroll(listing);
        });
        requestAnimationFrame(reveal);
    });
}
})();
