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
