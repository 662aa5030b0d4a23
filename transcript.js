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
// The small controls below an output; where it has no caption they have a row of their own.
function addControl(figure, kind, className) {
    let controls = figure.querySelector(".transcript-controls");
    if (!controls) {
        controls = document.createElement("span");
        controls.className = "transcript-controls";
        (figure.querySelector("figcaption") ?? figure).append(controls);
    }
    const control = document.createElement(kind);
    control.className = className;
    if (kind === "button") {
        control.type = "button";
    }
    controls.append(control);
    return control;
}
// When each line came and who printed it, for those who ask.
const timesKey = "transcript-times";
const longestName = 16;

function offerTimes(figure) {
    const caption = figure.querySelector("figcaption");
    if (!caption || !figure.querySelector(".line[data-t]")) {
        return;
    }
    const button = addControl(figure, "button", "transcript-times");
    button.textContent = "Times";
    button.addEventListener("click", () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        remember(timesKey, shown ? "shown" : "hidden");
        for (const other of document.querySelectorAll(".transcript-times")) {
            showTimes(other.closest(".transcript-run"), shown);
        }
    });
    showTimes(figure, remembered(timesKey) === "shown");
}

function showTimes(figure, shown) {
    if (shown) {
        nameLines(figure);
    }
    figure.classList.toggle("transcript-timed", shown);
    figure.querySelector(".transcript-times").setAttribute("aria-pressed", String(shown));
}

// Gives each line the name of the track that printed it, all of one width: so the times before them end at
// one column.
function nameLines(figure) {
    const names = new Map();
    for (const lane of figure.querySelectorAll(".transcript-timeline .lane")) {
        names.set(lane.dataset.k, lane.querySelector("text")?.firstChild?.textContent.trim());
    }
    const lines = [...figure.querySelectorAll(".line[data-t]")];
    const named = lines.map(({ dataset }) => (dataset.by ?? names.get(dataset.k) ?? "").trim());
    const longest = named.reduce((width, name) => Math.max(width, name.length), 0);
    const width = Math.min(longest, longestName);
    if (width === 0) {
        return;
    }
    lines.forEach((line, at) => {
        const name = named[at].length > width ? `${named[at].slice(0, width - 1)}…` : named[at];
        line.dataset.by = name.padEnd(width);
    });
    figure.querySelector(".transcript-output").style.setProperty("--transcript-name", `${width + 2}ch`);
}
// A run's picture and its text together: a line, its mark and its lane light up with each other.

// How far a pointer may be from a mark, and from the middle of a lane with its label, in pixels. Marks that
// lie upon each other count as one.
const reach = 14;
const together = 2;
const laneReach = 18;
const laneMiddle = -4;

// What a figure holds. With 10,000 lines it takes a while to look: that is done when it is first asked for.
class Run {
    static #known = new WeakMap();
    static of(figure) {
        if (!Run.#known.has(figure)) {
            Run.#known.set(figure, new Run(figure));
        }
        return Run.#known.get(figure);
    }

    #lit = [];
    #subject = null;
    // The line that is lit while nobody points at anything.
    current = null;

    constructor(figure) {
        this.picture = figure.querySelector(".transcript-timeline");
        this.lines = [...figure.querySelectorAll(".transcript-output .line")];
        this.lanes = new Map();
        for (const element of this.picture?.querySelectorAll(".lane") ?? []) {
            const marks = [...element.querySelectorAll("circle")].map((mark) => ({
                element: mark,
                at: parseFloat(mark.getAttribute("cx")) / 100,
                lines: [],
            }));
            this.lanes.set(element.dataset.k, { element, marks, lines: [] });
        }
        this.markOf = new Map();
        const wall = Number(this.picture?.dataset.wall);
        for (const line of this.lines) {
            const lane = this.lanes.get(line.dataset.k);
            const mark = nearest(lane?.marks ?? [], timeOf(line) / wall);
            lane?.lines.push(line);
            mark?.lines.push(line);
            this.markOf.set(line, mark);
        }
    }

    // Lights what belongs to a subject (a line, a mark, or a lane), and nothing else.
    #light(subject, parts) {
        if (subject === this.#subject) {
            return;
        }
        this.#subject = subject;
        this.#lit.forEach((part) => part.classList.remove("transcript-lit"));
        this.#lit = parts;
        this.#lit.forEach((part) => part.classList.add("transcript-lit"));
    }

    lightLine(line) {
        const lane = this.lanes.get(line.dataset.k);
        const parts = [line, this.markOf.get(line)?.element, lane?.element];
        this.#light(line, parts.filter(Boolean));
    }

    // What is lit when the pointer has gone.
    settle() {
        if (this.current) {
            this.lightLine(this.current);
        } else {
            this.#light(null, []);
        }
    }

    // Lights what a pointer is at: a line, else the nearest mark, else a lane.
    lightAt({ target, clientX, clientY }) {
        const line = target.closest(".transcript-output .line");
        if (line) {
            return this.lightLine(line);
        }
        const box = this.picture.getBoundingClientRect();
        const lane = this.picture.contains(target) && this.#laneAt(clientY - box.top);
        if (!lane) {
            return this.settle();
        }
        const below = clientY - box.top - topOf(lane);
        const away = ({ at }) => Math.hypot(box.left + at * box.width - clientX, below);
        const least = Math.min(...lane.marks.map(away));
        if (least > reach) {
            return this.#light(lane, [lane.element, ...lane.lines]);
        }
        const marks = lane.marks.filter((mark) => away(mark) <= least + together);
        const parts = marks.flatMap((mark) => [mark.element, ...mark.lines]);
        this.#light(marks[0], [lane.element, ...parts]);
    }

    #laneAt(y) {
        const isAt = (lane) => Math.abs(topOf(lane) + laneMiddle - y) <= laneReach;
        return [...this.lanes.values()].find(isAt);
    }
}

// Where a lane's bar is, in pixels from the top of its picture.
function topOf(lane) {
    return lane.element.getCTM().f;
}

// When a line came, in seconds.
function timeOf(line) {
    return Number(line.dataset.t);
}

function nearest(marks, at) {
    let found;
    for (const mark of marks) {
        if (!found || Math.abs(mark.at - at) < Math.abs(found.at - at)) {
            found = mark;
        }
    }
    return found;
}

function joinParts(figure) {
    const output = figure.querySelector(".transcript-output");
    if (!output || !figure.querySelector(".transcript-timeline")) {
        return;
    }
    figure.addEventListener("pointermove", (event) => {
        // A finger on the screen scrolls; it points when it taps.
        if (event.pointerType !== "touch") {
            Run.of(figure).lightAt(event);
        }
    });
    figure.addEventListener("click", (event) => Run.of(figure).lightAt(event));
    figure.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch") {
            Run.of(figure).settle();
        }
    });
    output.addEventListener("keydown", (event) => {
        if (!(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey)) {
            moveInLines(event, output, Run.of(figure));
        }
    });
    output.addEventListener("focusin", ({ target }) => follow(target.closest(".line")));
    output.addEventListener("focusout", ({ target }) => {
        // There is no stop of the Tab key for each line.
        if (target !== output) {
            target.removeAttribute("tabindex");
            follow(null);
        }
    });
    function follow(line) {
        const run = Run.of(figure);
        run.current = line;
        run.settle();
    }
}

// Arrow keys, Home and End go from line to line, Escape goes back to the whole.
function moveInLines(event, output, run) {
    const line = event.target.closest(".line");
    const at = run.lines.indexOf(line);
    const last = run.lines.length - 1;
    const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    const isReplayed = output.closest(".transcript-playing") !== null;
    if (isSideways && output.scrollWidth > output.clientWidth) {
        // It scrolls; mdBook would turn the page.
        event.stopPropagation();
    }
    if (event.key === "Escape" && line && !isReplayed) {
        output.focus({ preventScroll: true });
        event.stopPropagation();
    }
    const [start, step] = {
        ArrowDown: [at + 1, 1],
        ArrowUp: [line ? at - 1 : last, -1],
        Home: [0, 1],
        End: [last, -1],
    }[event.key] ?? [];
    if (start === undefined) {
        return;
    }
    event.preventDefault();
    event.stopPropagation();
    let to = start;
    // In a replay lines may be to come.
    while (isReplayed && run.lines[to]?.matches(".line[data-t]:not(.transcript-came)")) {
        to += step;
    }
    const next = run.lines[to];
    if (next) {
        next.tabIndex = -1;
        next.focus({ preventScroll: true });
        next.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
}
// A replay of a run: its lines appear when they came, and a line runs over its picture.

// A run shorter than this, in seconds, is shown in slow motion; without a picture one shorter than that is
// not worth to be seen again.
const shortest = 0.5;
const shortestWithoutPicture = 0.2;
const stepwise = window.matchMedia("(prefers-reduced-motion: reduce)");

// A run's time, in seconds. It is reckoned from one clock, so that nothing adds up when it is stopped or
// goes faster.
class Clock {
    #base = 0;
    #since = null;
    #speed = 1;

    now() {
        const passed = this.#since === null ? 0 : performance.now() - this.#since;
        return this.#base + (passed / 1000) * this.#speed;
    }
    get runs() {
        return this.#since !== null;
    }
    set(time, runs, speed = this.#speed) {
        this.#base = time;
        this.#since = runs ? performance.now() : null;
        this.#speed = speed;
    }
}

function offerReplay(figure) {
    const timed = figure.querySelectorAll(".line[data-t]");
    const picture = figure.querySelector(".transcript-timeline");
    const last = timed.length > 0 ? timeOf(timed[timed.length - 1]) : 0;
    const wall = Number(picture?.dataset.wall ?? last);
    if (picture ? wall > 0 : timed.length > 1 && wall >= shortestWithoutPicture) {
        new Replay(figure, picture, wall, Math.max(wall, last));
    }
}

class Replay {
    #clock = new Clock();

    constructor(figure, picture, wall, length) {
        this.figure = figure;
        this.picture = picture;
        // How long the run took, which is the picture's width, and when its last line came if that is later.
        this.wall = wall;
        this.length = length;
        // A power of ten with which it lasts between one and ten seconds.
        this.slowness = length < shortest ? 10 ** Math.ceil(-Math.log10(length)) : 1;
        this.play = addControl(figure, "button", "transcript-play");
        this.play.addEventListener("click", () => this.#pressed());
        this.speed = this.#offerSpeeds();
        this.stop = addControl(figure, "button", "transcript-stop");
        this.stop.textContent = "Stop";
        this.stop.addEventListener("click", () => this.end());
        this.time = addControl(figure, "span", "transcript-time");
        this.time.setAttribute("aria-hidden", "true");
        this.status = addControl(figure, "span", "transcript-status");
        this.status.setAttribute("role", "status");
        stepwise.addEventListener("change", () => {
            this.end();
            this.#label();
        });
        this.#label();
    }

    #offerSpeeds() {
        const select = addControl(this.figure, "select", "transcript-speed");
        select.setAttribute("aria-label", "Speed");
        const slowness = this.slowness;
        const fast = slowness % 4 === 0 ? `1/${slowness / 4}` : `4/${slowness}`;
        const labels = slowness === 1 ? ["¼", "1", "4"] : [`1/${4 * slowness}`, `1/${slowness}`, fast];
        [0.25, 1, 4].forEach((times, at) => {
            select.add(new Option(`×${labels[at]}`, times / slowness, at === 1, at === 1));
        });
        select.addEventListener("change", () => {
            this.#clock.set(this.#clock.now(), this.#clock.runs, Number(select.value));
        });
        // mdBook would turn the page.
        select.addEventListener("keydown", (event) => {
            if (event.key !== "Escape") {
                event.stopPropagation();
            }
        });
        return select;
    }

    #label() {
        const steps = this.next === this.lines?.length ? "Done" : "Next line";
        const label = stepwise.matches
            ? [steps, "Step through"]
            : [this.#clock.runs ? "Pause" : "Play", "Play"];
        this.play.textContent = this.lines ? label[0] : label[1];
        this.play.classList.toggle("transcript-pauses", this.#clock.runs);
    }

    #pressed() {
        if (!this.lines) {
            this.#begin();
        } else if (stepwise.matches && this.next === this.lines.length) {
            return this.end();
        }
        if (stepwise.matches) {
            const line = this.lines[this.next];
            const time = line ? line.at : this.length;
            this.#clock.set(time, false);
            this.#show(time, this.next + (line ? 1 : 0));
        } else {
            this.#clock.set(this.#clock.now(), !this.#clock.runs, Number(this.speed.value));
            this.#frame();
        }
        this.#label();
    }

    #begin() {
        document.querySelector(".transcript-playing")?.transcriptReplay.end();
        this.run = Run.of(this.figure);
        const inOrder = (parts) => parts.sort((one, other) => one.at - other.at);
        const timed = this.run.lines.filter((line) => line.dataset.t);
        this.lines = inOrder(timed.map((element) => ({ element, at: timeOf(element) })));
        // A mark comes with the first of its lines, whose time is rounded.
        const marks = [...this.run.lanes.values()].flatMap((lane) => lane.marks);
        this.marks = inOrder(
            marks.map(({ element, at, lines }) => ({
                element,
                at: lines.map(timeOf).reduce((one, other) => Math.min(one, other), at * this.wall),
            })),
        );
        // How many have come.
        this.next = 0;
        this.nextMark = 0;
        this.#clock.set(0, false, Number(this.speed.value));
        if (this.picture) {
            this.playhead = document.createElementNS("http://www.w3.org/2000/svg", "line");
            this.playhead.setAttribute("class", "transcript-playhead");
            this.playhead.setAttribute("y2", "100%");
            this.picture.append(this.playhead);
        }
        this.status.textContent = "";
        this.figure.classList.add("transcript-playing");
        this.figure.transcriptReplay = this;
        document.addEventListener("keydown", this.#onKey);
        document.addEventListener("visibilitychange", this.#onHidden);
    }

    // As if nothing had been.
    end() {
        if (!this.lines) {
            return;
        }
        const shown = this.next === this.lines.length ? "" : `${this.next} of `;
        const lines = `${this.lines.length} line${this.lines.length === 1 ? "" : "s"}`;
        const time = inWords(Math.min(this.#clock.now(), this.length));
        document.removeEventListener("keydown", this.#onKey);
        document.removeEventListener("visibilitychange", this.#onHidden);
        this.#clock.set(0, false);
        this.playhead?.remove();
        this.figure.classList.remove("transcript-playing");
        for (const { element } of [...this.lines, ...this.marks]) {
            element.classList.remove("transcript-came");
        }
        this.run.current = this.figure.querySelector(".line:focus");
        this.run.settle();
        // These controls go.
        if ([this.stop, this.speed].includes(document.activeElement)) {
            this.play.focus({ preventScroll: true });
        }
        this.lines = undefined;
        this.time.textContent = "";
        this.status.textContent = `Replay ended: ${shown}${lines} in ${time}`;
        this.#label();
    }

    #onKey = (event) => {
        if (event.key === "Escape") {
            this.end();
        }
    };
    #onHidden = () => {
        if (document.hidden) {
            this.#pause();
        }
    };
    #pause() {
        this.#clock.set(this.#clock.now(), false);
        this.#label();
    }

    #frame = () => {
        if (!this.#clock.runs) {
            return;
        }
        const now = this.#clock.now();
        let next = this.next;
        while (next < this.lines.length && this.lines[next].at <= now) {
            next += 1;
        }
        this.#show(now, next);
        if (now >= this.length) {
            this.end();
        } else if (this.figure.checkVisibility?.() === false) {
            // Another tab was chosen.
            this.#pause();
        } else {
            requestAnimationFrame(this.#frame);
        }
    };

    // Shows a moment, at which so many lines have come.
    #show(now, next) {
        if (this.next < next) {
            while (this.next < next) {
                this.run.current = this.lines[this.next++].element;
                this.run.current.classList.add("transcript-came");
            }
            this.run.settle();
        }
        while (this.nextMark < this.marks.length && this.marks[this.nextMark].at <= now) {
            this.marks[this.nextMark++].element.classList.add("transcript-came");
        }
        const reached = `${Math.min((now / this.wall) * 100, 100)}%`;
        this.playhead?.setAttribute("x1", reached);
        this.playhead?.setAttribute("x2", reached);
        const digits = Math.max(Math.log10(this.slowness) - 1, 0);
        const time = Math.min(now, this.length);
        const text = this.slowness > 1 ? `${(time * 1000).toFixed(digits)} ms` : `${time.toFixed(2)} s`;
        this.time.textContent = text;
    }
}

// A time as the caption has it.
function inWords(seconds) {
    if (seconds < 0.1) {
        return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
    }
    return `${seconds < 100 ? seconds.toPrecision(3) : seconds.toFixed(0)} s`;
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
each(".transcript-run", (figure) => {
    offerTimes(figure);
    offerReplay(figure);
    joinParts(figure);
});
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
