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
