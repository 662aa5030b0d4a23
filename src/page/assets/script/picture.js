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
        const lane = target.closest(".transcript-picture") && this.#laneAt(clientY - box.top);
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
