// mdbook-transcript: turns labelled sections into tabs, after the WAI-ARIA Authoring Practices.
(() => {
    "use strict";
    let sets = 0;

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
                } else {
                    panels[at].setAttribute("hidden", "until-found");
                }
            });
        }

        tabs.forEach((tab, at) => {
            tab.addEventListener("click", () => select(tab));
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
            select(tabs[next]);
        });

        set.prepend(list);
        set.classList.add("transcript-ready");
        const first = panels.findIndex((panel) => panel.hasAttribute("data-selected"));
        select(tabs[Math.max(first, 0)]);
        set.transcriptSelect = (panel) => select(tabs[panels.indexOf(panel)]);
    }

    // Opens every tab that hides the element which the address names.
    function reveal() {
        const id = decodeURIComponent(location.hash.slice(1));
        const target = id && document.getElementById(id);
        let panel = target && target.closest(".transcript-tab");
        if (!panel) {
            return;
        }
        for (; panel; panel = panel.parentElement.closest(".transcript-tab")) {
            panel.parentElement.transcriptSelect?.(panel);
        }
        target.scrollIntoView();
    }

    document.querySelectorAll(".transcript-tabs:not(.transcript-ready)").forEach(upgrade);
    // print.html holds every chapter and this script once for each.
    if (!window.transcriptReveals) {
        window.transcriptReveals = true;
        window.addEventListener("hashchange", reveal);
        window.addEventListener("DOMContentLoaded", reveal);
    }
})();
