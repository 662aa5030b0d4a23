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
        // By now mdBook's own script has colored the code.
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
