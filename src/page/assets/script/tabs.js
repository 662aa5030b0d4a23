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
