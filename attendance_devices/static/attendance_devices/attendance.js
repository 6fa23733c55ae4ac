/* What our parts of a page need besides htmx. It may run in a host's page that has an htmx of its own. */
(function () {
  "use strict";
  var sources = {};
  document.querySelectorAll("script[src]").forEach(function (script) {
    if (/\/htmx[^/]*\.js/.test(script.src)) { sources[script.src] = true; }
  });
  if (window.htmx && Object.keys(sources).length < 2) {
    /* Ours alone: a strict Content-Security-Policy allows neither a style element of htmx's own nor eval. */
    window.htmx.config.includeIndicatorStyles = false;
    window.htmx.config.allowEval = false;
  }

  function live(event) {
    return event.target && event.target.closest ? event.target.closest("[data-ad-live]") : null;
  }
  function keys(part) {
    return Array.from(part.querySelectorAll("[data-ad-key]"), function (row) { return row.dataset.adKey; });
  }

  /* A page instead of a part of one: the host's login, after a session that ended. */
  function isPage(detail) {
    return Boolean(detail.xhr) && detail.xhr.status === 200 && /^\s*<(!doctype|html)\b/i.test(detail.xhr.responseText);
  }

  function tell(part, words) {
    var note = part.querySelector("[data-ad-stale]");
    note.textContent = words || "";
    note.hidden = !words;
    part.classList.toggle("ad-old", Boolean(words));
  }

  /* What did not change (304) stays as it stands; a form that was refused (422) is shown with its errors. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail, status = detail.xhr ? detail.xhr.status : 0, part = live(event);
    if (!event.target.closest || !event.target.closest(".ad")) { return; }
    if (status === 304 || status === 204) { detail.shouldSwap = false; }
    if (status === 422) { detail.shouldSwap = true; detail.isError = false; }
    if (!part || !detail.shouldSwap) { return; }
    if (String(detail.serverResponse).indexOf('id="' + event.target.id + '"') < 0) {
      /* A host that leads strangers to its login answers with that. */
      detail.shouldSwap = false;
      part.adLost = true;
      return;
    }
    part.adKnown = keys(part);
    part.adScrolled = Array.from(part.querySelectorAll(".ad-scroll"), function (box) { return box.scrollLeft; });
  });
  /* Who came since is marked softly and said once. */
  document.addEventListener("htmx:afterSettle", function (event) {
    var part = live(event), said = [];
    if (!part || !part.adKnown) { return; }
    part.querySelectorAll("[data-ad-key]").forEach(function (row) {
      if (part.adKnown.indexOf(row.dataset.adKey) >= 0) { return; }
      row.classList.add("ad-new");
      if (row.dataset.adSaid) { said.push(row.dataset.adSaid); }
    });
    part.querySelectorAll(".ad-scroll").forEach(function (box, place) { box.scrollLeft = part.adScrolled[place] || 0; });
    part.adKnown = null;
    if (said.length) { part.querySelector("[data-ad-told]").textContent = said.join(". "); }
  });
  /* A page that gets no answer says so: old figures look like new ones. */
  document.addEventListener("htmx:afterRequest", function (event) {
    var part = live(event), status = event.detail.xhr ? event.detail.xhr.status : 0, words;
    if (!part) { return; }
    words = part.querySelector("[data-ad-stale]").dataset;
    if (part.adLost || status === 401 || status === 403) { tell(part, words.adLogin); }
    else { tell(part, status >= 200 && status < 400 ? "" : words.adOld); }
    part.adLost = false;
  });
}());

/* A box that chooses all of a list; without JavaScript it is not shown. */
(function () {
  "use strict";
  function boxes(all) {
    return Array.from(all.form.elements).filter(function (box) { return box.type === "checkbox" && box.name === all.dataset.adAll; });
  }
  document.querySelectorAll("[data-ad-all]").forEach(function (all) {
    all.hidden = false;
    all.form.addEventListener("change", function (event) {
      if (event.target === all) { boxes(all).forEach(function (box) { box.checked = all.checked; }); }
      var chosen = boxes(all).filter(function (box) { return box.checked; }).length;
      all.checked = chosen > 0 && chosen === boxes(all).length;
      all.indeterminate = chosen > 0 && !all.checked;
    });
  });
}());
