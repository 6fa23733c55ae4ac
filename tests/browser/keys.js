// Watches the focus: who gets it, whether it can be seen there, and in the end who never got it.
() => {
    const COUNTS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor", "borderColor", "borderBottomColor",
                    "textDecorationLine", "color"];
    const look = element => {
        const style = getComputedStyle(element);
        return COUNTS.map(name => style[name]).join("|");
    };
    const name = element => {
        const words = (element.getAttribute("aria-label") || element.textContent || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
        return `<${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}> “${words}”`;
    };
    // A radio group is one stop, and so is what is inert, disabled or not shown: none.
    const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex], area[href], iframe, [contenteditable]")]
        .filter(element => element.tabIndex >= 0 && !element.disabled && element.type !== "hidden" && element.checkVisibility({visibilityProperty: true})
            && !element.closest("[inert]")
            && !(element.type === "radio" && !element.checked && document.querySelector(`input[type=radio][name="${element.name}"]:checked`)));
    const order = [], seen = new Map();
    document.addEventListener("focusin", event => {
        const element = event.target;
        order.push(element);
        if (seen.has(element)) return;
        const box = element.getClientRects()[0] || element.getBoundingClientRect();
        const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
        const [x, y] = [(left + right) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
        seen.set(element, {look: look(element), x, y, inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
            top: document.elementFromPoint(x, y)});
    });
    window.focusWatch = {
        // A field for a date or a time has stops of its own: day, month, year, and its calendar.
        count: stops.length + 7 * stops.filter(element => /^(date|time|datetime-local|month|week)$/.test(element.type)).length,
        reached: () => seen.size,
        report: () => {
            const found = [];
            if (document.activeElement) document.activeElement.blur();
            for (const element of stops) if (!seen.has(element) && element.isConnected) found.push(`never reached: ${name(element)}`);
            for (const [element, then] of seen) {
                if (!element.isConnected) continue;
                if (look(element) === then.look) found.push(`no focus to be seen: ${name(element)}`);
                if (!then.inside) found.push(`focused outside the window: ${name(element)}`);
                else if (then.top && then.top !== element && !element.contains(then.top)
                         && !(element.labels && [...element.labels].some(label => label.contains(then.top))))
                    found.push(`focused behind ${name(then.top)}: ${name(element)}`);
                if (element.tabIndex > 0) found.push(`tabindex above 0: ${name(element)}`);
            }
            return found;
        },
        first: () => order.length ? name(order[0]) : "",
    };
}
