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
