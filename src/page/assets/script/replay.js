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
    if (seconds < 0.0995) {
        return `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
    }
    return `${seconds < 99.95 ? seconds.toPrecision(3) : seconds.toFixed(0)} s`;
}
