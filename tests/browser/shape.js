// What of a page does not fit: sideways scrolling, text that is cut, outside the window, or lies over other text.
() => {
    const found = [];
    const name = element => {
        const words = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
        const kind = element.className && typeof element.className === "string" ? "." + element.className.trim().split(/\s+/).join(".") : "";
        return `<${element.tagName.toLowerCase()}${kind}> “${words}”`;
    };
    const root = document.documentElement;
    const width = root.clientWidth;
    const scrolls = (style, axis) => ["auto", "scroll"].includes(style["overflow" + axis]);
    const clips = style => ["hidden", "clip"].includes(style.overflowX);
    const isHidden = element => {
        // Text for screen readers only, and what a closed <details> or a hidden parent keeps to itself.
        for (let at = element; at && at !== document.body; at = at.parentElement) {
            const style = getComputedStyle(at), box = at.getBoundingClientRect();
            if (style.clipPath.startsWith("inset(50%") || style.clip.startsWith("rect(") && style.position === "absolute") return true;
            if (box.width <= 1 && box.height <= 1 && style.overflow !== "visible") return true;
            if (Number(style.opacity) === 0) return true;
        }
        return !element.checkVisibility({visibilityProperty: true});
    };
    if (root.scrollWidth > width + 1) found.push(`the page scrolls sideways: ${root.scrollWidth} in ${width} px`);

    for (const card of document.querySelectorAll(".ad-card")) {
        if (card.scrollWidth > card.clientWidth + 1) found.push(`sticks out of its card: ${name(card)}`);
    }

    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION", "TITLE"].includes(element.tagName) || isHidden(element)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width < 1 || box.height < 1) continue;
            texts.push({element, left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY});
        }
    }
    const cut = new Set();
    const kept = [];
    for (const text of texts) {
        let inScroller = false, fixed = false;
        let {left, right, top, bottom} = text;
        for (let at = text.element; at && at !== root; at = at.parentElement) {
            const style = getComputedStyle(at), box = at.getBoundingClientRect();
            if (["fixed", "sticky", "absolute"].includes(style.position)) fixed = true;
            if (scrolls(style, "X") || scrolls(style, "Y")) {
                inScroller = true;
                left = Math.max(left, box.left); right = Math.min(right, box.right);
                top = Math.max(top, box.top + scrollY); bottom = Math.min(bottom, box.bottom + scrollY);
            }
            if (!inScroller && clips(style)) {
                const told = at.title || at.getAttribute("aria-label") || text.element.title;
                const short = style.textOverflow === "ellipsis" && told;
                // Dots come where the padding begins, plain cutting where it ends.
                const [start, end] = style.textOverflow === "ellipsis" ? [parseFloat(style.paddingLeft), parseFloat(style.paddingRight)] : [0, 0];
                if ((right > box.right - end + 1 || left < box.left + start - 1 || bottom > box.bottom + scrollY + 3) && !short) cut.add(at);
                left = Math.max(left, box.left); right = Math.min(right, box.right);
            }
        }
        if (!inScroller && (right > width + 1 || left < -1)) found.push(`outside the window: ${name(text.element)} ${Math.round(left)}–${Math.round(right)}`);
        if (right - left > 1 && bottom - top > 1) kept.push({element: text.element, left, right, top, bottom, fixed});
    }
    for (const element of cut) found.push(`cut: ${name(element)}`);

    // Controls whose label does not fit into them, and controls that are outside.
    for (const element of document.querySelectorAll("input, select, textarea, button, svg, img")) {
        if (isHidden(element) || element.type === "hidden") continue;
        const box = element.getBoundingClientRect();
        if (!box.width || !box.height) continue;
        let inScroller = false;
        for (let at = element.parentElement; at && at !== root; at = at.parentElement) {
            const style = getComputedStyle(at);
            inScroller ||= scrolls(style, "X");
        }
        if (!inScroller && (box.right > width + 1 || box.left < -1)) found.push(`outside the window: ${name(element)}`);
    }

    kept.sort((one, other) => one.top - other.top);
    const over = new Set();
    kept.forEach((one, index) => {
        for (let next = index + 1; next < kept.length && kept[next].top < one.bottom - 3; next++) {
            const other = kept[next];
            if (one.fixed !== other.fixed || one.element === other.element) continue;
            const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
            const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
            if (wide > 2 && high > 4) over.add(`one over the other: ${name(one.element)} and ${name(other.element)}`);
        }
    });
    found.push(...over);
    return found;
}
